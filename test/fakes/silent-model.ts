/** A model that thinks until it is told to stop. */
import type { ModelAnswer, ModelRequest } from '../../src/models/model.ts';

export function aModelThatNeverAnswers(_turn: number, request: ModelRequest): Promise<Partial<ModelAnswer>> {
  return new Promise((_, reject) => {
    request.signal.addEventListener('abort', () => {
      reject(new Error('The question was given up.'));
    });
  });
}

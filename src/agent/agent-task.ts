/** What an agent step is given. */
import type { JsonObject } from '../core/json.ts';

export interface AgentTask {
  readonly key: string;
  readonly instructions: string;
  readonly input: JsonObject;
  readonly tools: readonly string[];
}

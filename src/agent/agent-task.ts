/** What an agent step is given. */
import type { JsonObject } from '../core/json.ts';

export interface AgentTask {
  readonly key: string;
  readonly instructions: string;
  readonly input: JsonObject;
  readonly tools: readonly string[];
  /**
   * Looks back at a conversation that is over: asked once, shown nowhere, and only calls run that nobody needs to decide.
   */
  readonly isAside?: true;
}

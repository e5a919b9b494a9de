/** Trigger ids: whoever acts hands the app one, good for three seconds and one view. */
import type { Workspace } from './workspace.ts';

export interface Triggers {
  issue(userId: string): string;
  /** The person who acted, or Slack's word for what is wrong. */
  redeem(id: string): { readonly user: string } | { readonly error: string };
}

export function createTriggers(workspace: Workspace): Triggers {
  const issued = new Map<string, { readonly user: string; readonly at: number; isUsed: boolean }>();
  return {
    issue(user) {
      const id = `${workspace.nextId('')}.${workspace.team.id}.trigger`;
      issued.set(id, { user, at: workspace.clock.monotonicMs(), isUsed: false });
      return id;
    },
    redeem(id) {
      const trigger = issued.get(id);
      if (trigger === undefined) return { error: 'invalid_trigger_id' };
      if (trigger.isUsed) return { error: 'exchanged_trigger_id' };
      if (workspace.clock.monotonicMs() - trigger.at > 3000) return { error: 'expired_trigger_id' };
      trigger.isUsed = true;
      return { user: trigger.user };
    },
  };
}

/** views.*: modals opened by whoever acted within the last three seconds, and Home tabs. */
import { z } from 'zod';
import { checkView, isViewTooLarge } from './find-block-problems.ts';
import type { SlackView } from './find-block-problems.ts';
import { accept, defineMethod, json, SlackRefusal } from './web-api-method.ts';
import type { ApiContext, Method } from './web-api-method.ts';
import type { StoredView, Workspace } from './workspace.ts';

const maxOpenViews = 3;

export function acceptView(value: unknown, type: SlackView['type']): SlackView {
  if (isViewTooLarge(value)) throw new SlackRefusal('view_too_large');
  const view = accept(checkView(value), 'invalid_arguments');
  if (view.type !== type) throw new SlackRefusal('invalid_arguments', { errors: [`not a ${type} view`] });
  return view;
}

export function viewJson(workspace: Workspace, stored: StoredView): Record<string, unknown> {
  const { view } = stored;
  return {
    id: stored.id,
    team_id: workspace.team.id,
    app_id: workspace.app.id,
    app_installed_team_id: workspace.team.id,
    bot_id: workspace.app.botId,
    hash: stored.hash,
    root_view_id: stored.rootId,
    previous_view_id: stored.previousId ?? null,
    private_metadata: '',
    callback_id: '',
    external_id: '',
    state: { values: {} },
    ...view,
    blocks: withBlockIds(view.blocks),
  };
}

/** Slack names every block that the app left without an id. */
export function withBlockIds<T extends { readonly block_id?: string | undefined }>(
  blocks: readonly T[],
): T[] {
  return blocks.map((block, index) => ({ ...block, block_id: block.block_id ?? `auto${String(index)}` }));
}

/** Puts a modal on top of a person's own. */
export function pushView(workspace: Workspace, user: string, view: SlackView): StoredView {
  const stack = workspace.modals.get(user) ?? [];
  if (stack.length >= maxOpenViews) throw new SlackRefusal('push_limit_reached');
  const id = workspace.nextId('V');
  const below = stack.at(-1);
  const stored: StoredView = {
    id,
    rootId: stack[0]?.id ?? id,
    ...(below !== undefined && { previousId: below.id }),
    user,
    view,
    hash: workspace.nextId('hash'),
  };
  workspace.modals.set(user, [...stack, stored]);
  return stored;
}

function whoActed({ triggers }: ApiContext, triggerId: string): string {
  const found = triggers.redeem(triggerId);
  if ('error' in found) throw new SlackRefusal(found.error);
  return found.user;
}

const view = json(z.unknown());

export const viewMethods: Readonly<Record<string, Method>> = {
  'views.open': defineMethod({
    scopes: [],
    arguments: { trigger_id: z.string(), view },
    run(args, context) {
      const accepted = acceptView(args.view, 'modal');
      const user = whoActed(context, args.trigger_id);
      context.workspace.modals.set(user, []);
      return { view: viewJson(context.workspace, pushView(context.workspace, user, accepted)) };
    },
  }),

  'views.push': defineMethod({
    scopes: [],
    arguments: { trigger_id: z.string(), view },
    run(args, context) {
      const accepted = acceptView(args.view, 'modal');
      const user = whoActed(context, args.trigger_id);
      if ((context.workspace.modals.get(user) ?? []).length === 0)
        throw new SlackRefusal('invalid_trigger_id');
      return { view: viewJson(context.workspace, pushView(context.workspace, user, accepted)) };
    },
  }),

  'views.update': defineMethod({
    scopes: [],
    arguments: {
      view_id: z.string().optional(),
      external_id: z.string().optional(),
      hash: z.string().optional(),
      view,
    },
    run(args, { workspace }) {
      if ((args.view_id === undefined) === (args.external_id === undefined))
        throw new SlackRefusal('invalid_arguments', { errors: ['exactly one of view_id and external_id'] });
      const stored = [...workspace.modals.values(), [...workspace.homes.values()]]
        .flat()
        .find((one) =>
          args.view_id === undefined ? one.view.external_id === args.external_id : one.id === args.view_id,
        );
      if (stored === undefined) throw new SlackRefusal('not_found');
      if (args.hash !== undefined && args.hash !== stored.hash) throw new SlackRefusal('hash_conflict');
      stored.view = acceptView(args.view, stored.view.type);
      stored.hash = workspace.nextId('hash');
      return { view: viewJson(workspace, stored) };
    },
  }),

  'views.publish': defineMethod({
    scopes: [],
    arguments: { user_id: z.string(), hash: z.string().optional(), view },
    run(args, { workspace }) {
      const accepted = acceptView(args.view, 'home');
      if (!workspace.users.has(args.user_id)) throw new SlackRefusal('user_not_found');
      const known = workspace.homes.get(args.user_id);
      if (args.hash !== undefined && args.hash !== known?.hash) throw new SlackRefusal('hash_conflict');
      const id = known?.id ?? workspace.nextId('V');
      const hash = workspace.nextId('hash');
      const stored: StoredView = { id, rootId: id, user: args.user_id, view: accepted, hash };
      workspace.homes.set(args.user_id, stored);
      return { view: viewJson(workspace, stored) };
    },
  }),
};

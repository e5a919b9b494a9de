/** Presses, commands, shortcuts and forms: the payloads they become, and what an acknowledgement makes of them. */
import { z } from 'zod';
import type { Deliveries, Delivery } from './deliveries.ts';
import type { EventSource } from './event-source.ts';
import type { Pressable } from './read-blocks.ts';
import type { ResponseUrls } from './response-urls.ts';
import { seenIn } from './seen.ts';
import type { SeenMessage, SeenView } from './seen.ts';
import type { Triggers } from './triggers.ts';
import { elementState, fillForm } from './view-form.ts';
import type { FormValue, FormValues } from './view-form.ts';
import { acceptView, pushView, viewJson } from './view-methods.ts';
import { messageJson } from './message-json.ts';
import { findMessage } from './workspace.ts';
import type { FakeChannel, FakeUser, StoredView, Workspace } from './workspace.ts';

type Json = Readonly<Record<string, unknown>>;

export interface ActContext {
  readonly workspace: Workspace;
  readonly events: EventSource;
  readonly deliveries: Deliveries;
  readonly triggers: Triggers;
  readonly responseUrls: ResponseUrls;
  showView(stored: StoredView): Json;
  interact(user: FakeUser, payload: Json, about?: { readonly view?: StoredView }): Promise<Delivery>;
}

export function createActContext(parts: Omit<ActContext, 'showView' | 'interact'>): ActContext {
  const { workspace, deliveries, triggers } = parts;
  return {
    ...parts,
    showView: (stored) => viewJson(workspace, stored),
    interact(user, payload, about = {}) {
      if (user.isDeactivated) throw new Error(`${user.name} is deactivated and cannot act.`);
      const trigger = triggers.issue(user.id);
      // What a form's sender reads here is his own workspace, not the one whose app opened the form.
      const home = payload['type'] === 'view_submission' ? user.teamId : workspace.team.id;
      const full = {
        team: { id: home, domain: home === workspace.team.id ? workspace.team.domain : home.toLowerCase() },
        enterprise: null,
        is_enterprise_install: false,
        user: { id: user.id, username: user.name, name: user.name, team_id: user.teamId },
        api_app_id: workspace.app.id,
        token: 'verification-token',
        trigger_id: trigger,
        ...(about.view !== undefined && { view: viewJson(workspace, about.view) }),
        ...payload,
      };
      return deliveries.deliver('interactive', trigger, full).settled;
    },
  };
}

function findPressable(on: SeenMessage | SeenView, labelOrId: string): Pressable {
  const found = on.buttons.filter((one) => one.label === labelOrId || one.actionId === labelOrId);
  const [first, second] = found;
  if (first === undefined)
    throw new Error(
      `There is no «${labelOrId}» to press, only: ${on.labels.join(', ') || 'nothing'}.\n${on.text}`,
    );
  if (second !== undefined) throw new Error(`«${labelOrId}» stands there ${String(found.length)} times.`);
  return first;
}

function channelJson(workspace: Workspace, id: string): Json {
  const channel = workspace.channels.get(id);
  const names = { im: 'directmessage', private: 'privategroup', public: channel?.name ?? id } as const;
  return { id, name: names[channel?.kind ?? 'public'] };
}

/** Where something was pressed, as the payload names it. */
function placeOf(context: ActContext, user: FakeUser, on: SeenMessage | SeenView): Json {
  const { workspace, responseUrls } = context;
  if (on.kind === 'view') {
    const stored = findView(workspace, user, on);
    return { container: { type: 'view', view_id: on.id }, view: viewJson(workspace, stored) };
  }
  const isMine = seenIn(workspace, on.channel, user.id).some((message) => message.ts === on.ts);
  const isMember = workspace.channels.get(on.channel)?.members.has(user.id) === true;
  if (!isMember || !isMine) throw new Error(`${user.name} does not see message ${on.ts} in ${on.channel}.`);
  const message = workspace.messages.find((one) => one.channel === on.channel && one.ts === on.ts);
  const thread = on.thread === undefined ? {} : { thread_ts: on.thread };
  return {
    container: {
      type: 'message',
      message_ts: on.ts,
      channel_id: on.channel,
      is_ephemeral: on.isEphemeral,
      ...thread,
    },
    channel: channelJson(workspace, on.channel),
    // Slack does not keep ephemeral messages, so it cannot show one.
    ...(!on.isEphemeral &&
      message !== undefined && { message: { ...messageJson(workspace, message), blocks: on.blocks } }),
    response_url: responseUrls.issue({
      user: user.id,
      channel: on.channel,
      ...(message !== undefined && { message }),
    }),
  };
}

function findView(workspace: Workspace, user: FakeUser, on: SeenView): StoredView {
  const open = [...(workspace.modals.get(user.id) ?? []), workspace.homes.get(user.id)];
  const found = open.find((view) => view?.id === on.id);
  if (found === undefined) throw new Error(`${user.name} does not have view ${on.id} open.`);
  return found;
}

export function press(
  context: ActContext,
  user: FakeUser,
  on: SeenMessage | SeenView,
  labelOrId: string,
  value?: FormValue,
): Promise<Delivery> {
  const { workspace } = context;
  const { element, actionId, blockId, type, value: pressed } = findPressable(on, labelOrId);
  const held =
    type === 'button' || type === 'icon_button' || type === 'feedback_buttons'
      ? {
          type,
          ...(element['text'] !== undefined && { text: element['text'] }),
          ...(pressed !== undefined && { value: pressed }),
        }
      : elementState(element, value);
  const action = { action_id: actionId, block_id: blockId, ...held, action_ts: workspace.nextTs() };
  const place = placeOf(context, user, on);
  return context.interact(user, {
    type: 'block_actions',
    ...place,
    state: { values: type === 'button' ? {} : { [blockId]: { [actionId]: held } } },
    actions: [action],
  });
}

export async function command(
  context: ActContext,
  user: FakeUser,
  channel: FakeChannel,
  { name, text }: { readonly name: string; readonly text: string },
): Promise<Delivery> {
  const { workspace, responseUrls, deliveries, triggers } = context;
  // The manifest asks for escaped commands: names arrive as ids.
  const escaped = text
    .replace(/(?<!\w)@([\w.-]+)/gu, (whole, wanted: string) => {
      const found = [...workspace.users.values()].find((one) => one.name === wanted);
      return found === undefined ? whole : `<@${found.id}|${found.name}>`;
    })
    .replace(/(?<!\w)#([\w-]+)/gu, (whole, wanted: string) => {
      const found = [...workspace.channels.values()].find((one) => one.name === wanted);
      return found === undefined ? whole : `<#${found.id}|${found.name}>`;
    });
  const target = { user: user.id, channel: channel.id };
  const trigger = triggers.issue(user.id);
  const delivery = await deliveries.deliver('slash_commands', trigger, {
    token: 'verification-token',
    team_id: workspace.team.id,
    team_domain: workspace.team.domain,
    channel_id: channel.id,
    channel_name: channel.name,
    user_id: user.id,
    user_name: user.name,
    command: name,
    text: escaped,
    api_app_id: workspace.app.id,
    is_enterprise_install: 'false',
    response_url: responseUrls.issue(target),
    trigger_id: trigger,
  }).settled;
  const { response } = delivery;
  const hasContent = typeof response === 'object' && response !== null && Object.keys(response).length > 0;
  if (hasContent) responseUrls.show(target, response);
  return delivery;
}

export function shortcut(
  context: ActContext,
  user: FakeUser,
  callbackId: string,
  on?: SeenMessage,
): Promise<Delivery> {
  const { workspace, responseUrls } = context;
  const common = { callback_id: callbackId, action_ts: workspace.nextTs() };
  if (on === undefined) return context.interact(user, { type: 'shortcut', ...common });
  const message = findMessage(workspace, on.channel, on.ts);
  if (message === undefined || message.ephemeralTo !== undefined)
    throw new Error(`Message ${on.ts} has no shortcuts.`);
  return context.interact(user, {
    type: 'message_action',
    ...common,
    message_ts: on.ts,
    message: messageJson(workspace, message),
    channel: channelJson(workspace, on.channel),
    response_url: responseUrls.issue({ user: user.id, channel: on.channel }),
  });
}

export interface Submitted {
  readonly delivery: Delivery;
  /** What the app found wrong, by block id: the form stays open. */
  readonly errors: Readonly<Record<string, string>>;
}

const viewResponse = z.union([
  z.strictObject({ response_action: z.literal('errors'), errors: z.record(z.string(), z.string().min(1)) }),
  z.strictObject({ response_action: z.enum(['update', 'push']), view: z.unknown() }),
  z.strictObject({ response_action: z.literal('clear') }),
  z.strictObject({}),
]);

export async function submit(
  context: ActContext,
  user: FakeUser,
  on: SeenView,
  values: FormValues,
): Promise<Submitted> {
  const { workspace } = context;
  const stored = findView(workspace, user, on);
  const filled = fillForm(workspace, stored.view.blocks, values);
  const view = { ...viewJson(workspace, stored), state: { values: filled } };
  const delivery = await context.interact(user, { type: 'view_submission', view, response_urls: [] });
  // Without an acknowledgement Slack shows «trouble connecting» and keeps the form.
  if (delivery.outcome === 'lost') return { delivery, errors: { '': 'We had some trouble connecting.' } };
  const stack = workspace.modals.get(user.id) ?? [];
  const response = viewResponse.parse(delivery.response ?? {});
  if (!('response_action' in response)) {
    workspace.modals.set(
      user.id,
      stack.filter((one) => one.id !== stored.id),
    );
    return { delivery, errors: {} };
  }
  switch (response.response_action) {
    case 'errors': {
      const unknown = Object.keys(response.errors).filter((id) => !Object.hasOwn(filled, id));
      if (unknown.length > 0) throw new Error(`The view has no input block ${unknown.join(', ')}.`);
      return { delivery, errors: response.errors };
    }
    case 'update':
      stored.view = acceptView(response.view, 'modal');
      stored.hash = workspace.nextId('hash');
      return { delivery, errors: {} };
    case 'push':
      pushView(workspace, user.id, acceptView(response.view, 'modal'));
      return { delivery, errors: {} };
    case 'clear':
      workspace.modals.set(user.id, []);
      return { delivery, errors: {} };
    default:
      return response satisfies never;
  }
}

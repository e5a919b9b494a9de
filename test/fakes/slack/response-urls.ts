/** response_url: five uses within thirty minutes, JSON without a token. */
import { z } from 'zod';
import { problemsOf } from './find-block-problems.ts';
import { acceptContent, SlackRefusal } from './web-api-method.ts';
import { contentOf } from './workspace.ts';
import type { StoredMessage, Workspace } from './workspace.ts';

interface Target {
  readonly user: string;
  readonly channel: string;
  /** The message whose button was pressed; commands have none. */
  readonly message?: StoredMessage;
}

export interface ResponseUrls {
  issue(target: Target): string;
  /** Status and JSON of the answer. */
  use(id: string, body: string): { readonly status: number; readonly answer: unknown };
  /** Shows what a command's acknowledgement carried. */
  show(target: Target, body: unknown): void;
}

const shape = z.strictObject({
  response_type: z.enum(['ephemeral', 'in_channel']).optional(),
  replace_original: z.boolean().optional(),
  delete_original: z.boolean().optional(),
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  thread_ts: z.string().optional(),
  mrkdwn: z.boolean().optional(),
  parse: z.enum(['full', 'none']).optional(),
  link_names: z.boolean().optional(),
  unfurl_links: z.boolean().optional(),
  unfurl_media: z.boolean().optional(),
});

export function createResponseUrls(workspace: Workspace, base: () => string): ResponseUrls {
  const issued = new Map<string, { readonly target: Target; readonly at: number; uses: number }>();

  const show: ResponseUrls['show'] = (target, body) => {
    const parsed = shape.safeParse(body);
    if (!parsed.success) throw new SlackRefusal('invalid_payload', { errors: problemsOf(parsed.error, []) });
    const args = parsed.data;
    const original = target.message;
    if (args.delete_original === true && original !== undefined) {
      original.isDeleted = true;
      return;
    }
    if (args.replace_original === true && original !== undefined && !original.isDeleted) {
      original.versions.push(acceptContent(args, 4000, contentOf(original).blocks));
      return;
    }
    workspace.messages.push({
      ts: workspace.nextTs(),
      channel: target.channel,
      user: workspace.app.botUserId,
      ...(args.thread_ts !== undefined && { threadTs: args.thread_ts }),
      ...(args.response_type !== 'in_channel' && { ephemeralTo: target.user }),
      isBroadcast: false,
      versions: [acceptContent(args, 40_000)],
      files: [],
      reactions: [],
      isDeleted: false,
    });
  };

  return {
    show,
    issue(target) {
      const id = workspace.nextId('response');
      issued.set(id, { target, at: workspace.clock.monotonicMs(), uses: 0 });
      return `${base()}/response/${id}`;
    },
    use(id, body) {
      const known = issued.get(id);
      if (known === undefined) return { status: 404, answer: { ok: false, error: 'no_such_url' } };
      if (workspace.clock.monotonicMs() - known.at > 30 * 60_000)
        return { status: 404, answer: { ok: false, error: 'expired_url' } };
      if (known.uses >= 5) return { status: 404, answer: { ok: false, error: 'used_url' } };
      known.uses += 1;
      try {
        show(known.target, JSON.parse(body));
        return { status: 200, answer: { ok: true } };
      } catch (error) {
        if (error instanceof SlackRefusal) return { status: 400, answer: error.answer };
        return { status: 400, answer: { ok: false, error: 'invalid_json' } };
      }
    },
  };
}

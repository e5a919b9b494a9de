/**
 * `POST /hooks/<workflow>`: a system starts a workflow. Verified over the raw bytes, checked against the workflow's
 * input, kept before it is answered; the same delivery twice is one run.
 *
 * What a webhook says is nobody's word here: the run it starts is tainted.
 */
import type { Clock } from '../../core/clock.ts';
import { AppError, describeError } from '../../core/errors.ts';
import { parseJsonObject } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Logger } from '../../core/logger.ts';
import type { HttpRoute, HttpRouteAnswer } from '../../chat/http-route.ts';
import { answerJson } from '../../chat/pushed-request.ts';
import type { Router } from '../../router.ts';
import type { Workflow } from '../../workflow-kit.ts';
import { problemMediaType, renderProblem } from '../problem.ts';
import type { Problem } from '../problem.ts';
import { recordedInput, startByProgram } from '../start-by-program.ts';
import type { OpenThread } from '../start-by-program.ts';
import type { Hook } from './parse-hooks.ts';
import { verifySource } from './verify-source.ts';

export interface HookRoutesOptions {
  readonly hooks: readonly Hook[];
  readonly workflows: readonly Workflow[];
  readonly router: Pick<Router, 'take'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly openThread: OpenThread;
}

export function hookRoutes(options: HookRoutesOptions): readonly HttpRoute[] {
  const { clock, logger } = options;
  return options.hooks.flatMap((hook): HttpRoute[] => {
    const workflow = options.workflows.find(({ name }) => name === hook.workflow);
    if (workflow === undefined) return [];
    return [
      {
        method: 'POST',
        path: `/hooks/${hook.workflow}`,
        async handle(request) {
          const verified = verifySource(hook, request, clock.now());
          if (verified.kind === 'refused') {
            logger.warn('hook.refused', { hook: hook.workflow, why: verified.why });
            return problem({ status: 401, code: 'hook.refused', detail: `Not taken: ${verified.why}.` });
          }
          const payload = parseJsonObject(request.rawBody.toString('utf8'));
          if (payload === undefined)
            return problem({ status: 400, code: 'body.invalid', detail: 'The body is not a JSON object.' });
          const read = readInput(workflow, payload, verified.about);
          if (read.kind === 'nothing') return answerJson(200, { taken: false });
          if (read.kind === 'invalid')
            return problem({
              status: 422,
              code: 'input.invalid',
              detail: `${workflow.name} cannot use this payload.`,
              errors: read.errors,
            });
          return start(hook, workflow, { payload, input: read.input, delivery: verified.delivery });
        },
      },
    ];
  });

  async function start(
    hook: Hook,
    workflow: Workflow,
    what: { readonly payload: JsonObject; readonly input: JsonObject; readonly delivery: string },
  ): Promise<HttpRouteAnswer> {
    try {
      const taken = await startByProgram(options, {
        key: `hook:${hook.workflow}/${what.delivery}`,
        ...{ channel: hook.channel, by: hook.as, workflow: workflow.name, input: what.input },
        title: workflow.title,
        text: `${workflow.title} (by a webhook of ${hook.source})`,
        sent: { by: `A webhook of ${hook.source}`, payload: what.payload },
      });
      return answerJson(202, {
        taken: true,
        thread: taken.thread,
        ...(taken.run !== undefined && { run: taken.run }),
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      logger.error('hook.failed', { hook: hook.workflow, why: describeError(error) });
      return problem({ status: 503, code: error.code, detail: `${error.tell} Send it again.` });
    }
  }
}

type ReadInput =
  | { readonly kind: 'input'; readonly input: JsonObject }
  /** The workflow does not care for this event. */
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'invalid';
      readonly errors: readonly { readonly field: string; readonly detail: string }[];
    };

function readInput(workflow: Workflow, payload: JsonObject, about: string | undefined): ReadInput {
  const { webhook } = workflow.start;
  const meant = typeof webhook === 'function' ? webhook(payload, about) : payload;
  if (meant === undefined) return { kind: 'nothing' };
  const parsed = workflow.input.safeParse(meant);
  if (!parsed.success)
    return {
      kind: 'invalid',
      errors: parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), detail: message })),
    };
  return { kind: 'input', input: recordedInput(parsed.data) };
}

function problem(what: Problem): HttpRouteAnswer {
  return { status: what.status, headers: { 'content-type': problemMediaType }, body: renderProblem(what) };
}

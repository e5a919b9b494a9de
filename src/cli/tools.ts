/** `countersign tools list | test | review`. */
import { openTools } from '../app-parts.ts';
import { AppError } from '../core/errors.ts';
import { renderChanges, reviewOf } from '../tools/server-review.ts';
import { personOf, readSetup, say, sayTable } from './command-setup.ts';

type Tools = ReturnType<typeof openTools>;

async function withTools(action: (tools: Tools) => Promise<void>): Promise<void> {
  const setup = readSetup();
  await setup.withStore(async (store) => {
    const tools = openTools(setup, store, setup.policy());
    try {
      await action(tools);
    } finally {
      await tools.stop();
    }
  });
}

export async function listTools(): Promise<void> {
  const policy = readSetup().policy();
  await withTools(async (tools) => {
    const offered = await tools.list();
    sayTable(
      offered.map((tool) => [
        tool.name,
        policy.effectOf(tool.name),
        standingOf(tools, tool.name),
        tool.description.split('\n')[0] ?? '',
      ]),
    );
    for (const server of tools.servers().filter((entry) => entry.state === 'unreachable')) {
      say(`${server.name} does not answer: ${server.detail ?? 'no reason is known'}`);
      process.exitCode = 1;
    }
  });
}

/** What its review says, in a word or two; empty for one that is reviewed. */
function standingOf(tools: Tools, name: string): string {
  const { isServerReviewed, isNewTool } = tools.reviewOf(name);
  if (!isServerReviewed) return 'not reviewed';
  return isNewTool ? 'new' : '';
}

export async function testServer(name: string): Promise<void> {
  await withTools(async (tools) => {
    mustBeKnown(tools, name);
    const { tools: found, refused } = await tools.inspect(name);
    sayTable(
      found.map(({ state, isNew }) => [
        state.tool.name,
        state.kind,
        state.kind === 'drifted'
          ? state.why
          : isNew
            ? 'new: nobody has accepted it yet'
            : 'as it was accepted',
      ]),
    );
    for (const line of refused) say(`refused: ${line}`);
    if (refused.length > 0 || found.some(({ state }) => state.kind === 'drifted')) process.exitCode = 1;
  });
}

export async function reviewServer(
  name: string,
  options: { readonly yes: boolean; readonly as: string },
): Promise<void> {
  const person = personOf(readSetup(), options.as);
  await withTools(async (tools) => {
    mustBeKnown(tools, name);
    const review = reviewOf(await tools.inspect(name));
    for (const tool of review.tools.filter(({ drift }) => drift !== undefined)) say(renderChanges(tool));
    const later = review.tools.filter(({ isNew }) => isNew).map(({ name: tool }) => tool);
    if (later.length > 0)
      say(`new since the review, each call asks until they are accepted: ${later.join(', ')}`);
    for (const tool of review.tools.filter(({ warnings }) => warnings.length > 0))
      say(`${tool.name}: its text ${tool.warnings.join('; ')}`);
    for (const line of review.refused) say(`refused: ${line}`);
    if (review.gone.length > 0) say(`listed no more: ${review.gone.join(', ')}`);
    say(review.lines);
    if (!options.yes) {
      say(
        `Put what you agree with into policy.yaml, then accept the tools as they are: countersign tools review ${name} --as ${options.as} --yes`,
      );
      return;
    }
    if (!(await tools.review(name, person.id, review.listing))) {
      say(`${name} changed its tools in this moment. Nothing is accepted; look at it again.`);
      process.exitCode = 1;
      return;
    }
    say(
      `${name} is reviewed by ${person.name}: ${String(review.tools.length)} tools are accepted as they are now. A running bot sees it at its next listing.`,
    );
  });
}

function mustBeKnown(tools: Tools, name: string): void {
  const known = tools.servers().map((server) => server.name);
  if (!known.includes(name))
    throw new AppError(
      'config.invalid',
      `There is no tool server ${name} in mcp.json; there are ${known.join(', ')}.`,
    );
}

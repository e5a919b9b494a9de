/** `countersign tools list | test | review`. */
import { openTools } from '../app-parts.ts';
import { AppError } from '../core/errors.ts';
import { proposePolicy, renderProposal } from '../tools/propose-policy.ts';
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
      offered.map((tool) => [tool.name, policy.effectOf(tool.name), tool.description.split('\n')[0] ?? '']),
    );
    for (const server of tools.servers().filter((entry) => entry.state === 'unreachable')) {
      say(`${server.name} does not answer: ${server.detail ?? 'no reason is known'}`);
      process.exitCode = 1;
    }
  });
}

export async function testServer(name: string): Promise<void> {
  await withTools(async (tools) => {
    mustBeKnown(tools, name);
    const { tools: found, refused } = await tools.inspect(name);
    sayTable(
      found.map(({ state }) => [
        state.tool.name,
        state.kind,
        state.kind === 'drifted' ? state.why : 'as it was accepted',
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
    const { tools: found } = await tools.inspect(name);
    say(renderProposal(proposePolicy(found.map(({ state }) => state.tool))));
    if (!options.yes) {
      say(
        `Put what you agree with into policy.yaml, then accept the tools as they are: countersign tools review ${name} --as ${options.as} --yes`,
      );
      return;
    }
    await tools.review(name, person.id);
    say(
      `${name} is reviewed by ${person.name}: ${String(found.length)} tools are accepted as they are now. A running bot sees it at its next listing.`,
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

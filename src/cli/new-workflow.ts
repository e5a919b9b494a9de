/** `countersign new workflow <name>`: a workflow that runs, with its test and its evals, registered in the list. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { readSetup, say } from './command-setup.ts';

export function newWorkflow(name: string): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/u.test(name) || name.length > 32)
    throw new AppError(
      'config.invalid',
      `${name}: a workflow is named by 1 to 32 of a-z, 0-9 and -, like parking-permit.`,
    );
  const { root } = readSetup();
  const list = join(root, 'workflows/index.ts');
  if (!existsSync(list))
    throw new AppError(
      'config.invalid',
      'There is no workflows/index.ts here. Fix: run this in a checkout of the repository.',
    );
  const files = filesOf(name);
  const taken = Object.keys(files).find((file) => existsSync(join(root, file)));
  if (taken !== undefined)
    throw new AppError(
      'config.invalid',
      `${taken} exists already. Fix: choose another name, or change that file.`,
    );
  const listed = register(readFileSync(list, 'utf8'), name);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), content);
    say(`made ${file}`);
  }
  writeFileSync(list, listed);
  say('changed workflows/index.ts');
  say(`Try it: npm test -- test/workflows/${name}`);
}

/** The list with one more import and one more entry, laid out as the rest of it. */
function register(text: string, name: string): string {
  const variable = name.replaceAll(/-(\w)/gu, (_, letter: string) => letter.toUpperCase());
  const withImport = text.replace(
    /\n\nexport const/u,
    `\nimport ${variable}Workflow from './${name}.ts';\n\nexport const`,
  );
  const changed = withImport.replace(/,?\s*\];\s*$/u, `,\n  ${variable}Workflow,\n];\n`);
  if (withImport === text || changed === withImport)
    throw new AppError(
      'config.invalid',
      'workflows/index.ts does not look as expected. Fix: let it end with the list of workflows.',
    );
  return changed;
}

function filesOf(name: string): Readonly<Record<string, string>> {
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll('-', ' ')}`;
  return {
    [`workflows/${name}.ts`]: `import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';

/** ${title}: finds a customer and adds a note to it, once somebody who may has approved. */
export default defineWorkflow({
  name: '${name}',
  title: '${title}',
  input: z.object({
    customer: z.string().describe('A part of the name of the customer, or the number'),
    note: z.string().describe('What to note'),
  }),
  start: { command: true },
  async run(ctx, { customer, note }) {
    // A read: the shipped policy lets it run at once.
    const found = await ctx.tool('find', 'crm/find_customer', { query: customer });
    const number = /^(\\d+) .* · /mu.exec(found.text)?.[1];
    if (number === undefined) {
      await ctx.say(\`I find no customer «\${customer}». Nothing was noted.\`);
      return;
    }
    // A write: the policy asks an approver. The run waits, for days if it must, and costs nothing meanwhile.
    const added = await ctx.tool('note', 'crm/add_note', { customer: Number(number), text: note });
    await ctx.say(added.isDone ? \`Done. \${added.text}\` : \`Nothing was noted. \${added.text}\`);
  },
});
`,
    [`test/workflows/${name}.evals.ts`]: `/** What people say, and what must be put to people because of it. Add a line for each case that matters to you. */
export const evals: readonly { readonly said: string; readonly asks: object }[] = [
  { said: '/${name} customer=acme note="call back"', asks: { text: 'call back' } },
  { said: '/${name} customer=88 note="prefers mail"', asks: { customer: 88, text: 'prefers mail' } },
];
`,
    [`test/workflows/${name}.test.ts`]: `import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { removeFolder, startBot, textOf } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { evals } from './${name}.evals.ts';

let bot: RunningBot;
beforeAll(async () => {
  bot = await startBot();
}, 60_000);
afterAll(async () => {
  await bot.stop();
  removeFolder(bot.dataDir);
}, 60_000);

it('when somebody approves, then the note is added and the thread says so', async () => {
  const { body } = await bot.as('ana').say('general', '/${name} customer=acme note="call back"');
  const run = String(body.run);

  await bot.as('ben').vote(await bot.as('ben').asked(run), 'approve');
  await bot.as('ana').until(run, 'done');

  expect(textOf((await bot.as('ana').thread(body.thread)).items)).toContain('Done. Note');
});

it.each(evals)('when «$said» is said, then $asks is put to people', async ({ said, asks }) => {
  const { body } = await bot.as('ana').say('general', said);

  const approval = await bot.as('ben').asked(String(body.run));

  expect(approval.arguments).toMatchObject(asks);
  await bot.as('ben').vote(approval, 'deny');
});
`,
  };
}

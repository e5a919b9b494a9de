/** The `countersign` command: one file per subcommand, loaded when it is called. */
import { Command, Option } from 'commander';
import { reportAndExit } from '../report-and-exit.ts';
import type { VerifyCommand } from './audit-verify.ts';
import type { ModelCheckCommand } from './model-check.ts';

const program = new Command('countersign');
program
  .description('AI agents in your channels that get a countersignature before they do anything that matters.')
  .showHelpAfterError()
  .exitOverride((error) => {
    // Help and version are answers; everything else is wrong use.
    process.exit(error.exitCode === 0 ? 0 : 2);
  });

program
  .command('start')
  .description('runs the bot and the console')
  .action(async () => (await import('../start.ts')).start());

program
  .command('init')
  .description('writes .env, people.yaml and the Slack manifest from a few questions')
  .option('--name <name>', 'your name')
  .option('--chat <platform>', 'none, slack, discord or both')
  .option('--model <model>', 'demo, anthropic or openai')
  .option('--account <account>', 'your account on the platform')
  .action(async (options: { name?: string; chat?: string; model?: string; account?: string }) =>
    (await import('./init.ts')).init(options),
  );

program
  .command('doctor')
  .description('checks the configuration and says what to fix')
  .action(async () => (await import('./doctor.ts')).doctor());

program
  .command('new')
  .description('makes a new part in a checkout of the repository')
  .command('workflow <name>')
  .description('a workflow that runs, with its test and evals')
  .action(async (name: string) => {
    (await import('./new-workflow.ts')).newWorkflow(name);
  });

program
  .command('model')
  .description('looks at models before they are put to work')
  .command('check')
  .description(
    'shows recorded runs to another model: which calls and verdicts would differ; nothing is called',
  )
  .requiredOption('--model <model>', 'as MODEL names it: anthropic/…, openai/…')
  .option('--runs <n>', 'how many runs, the youngest first', '20')
  .option('--turns <n>', 'how often the model is asked at most', '100')
  .option('--usd <amount>', 'what it may cost at most, where its price is known', '1')
  .option('--json', 'for machines: one line a turn, the sum last', false)
  .action(async (options: ModelCheckCommand) => (await import('./model-check.ts')).checkModel(options));

const policy = program.command('policy').description('looks at policy.yaml');
policy
  .command('check')
  .description('names every mistake, with its line and the fix')
  .action(async () => {
    (await import('./policy.ts')).checkPolicy();
  });
policy
  .command('test <file>')
  .description('runs the cases of a YAML file against the policy')
  .action(async (file: string) => {
    (await import('./policy.ts')).testPolicy(file);
  });
policy
  .command('explain <tool>')
  .description('says what would happen to a call, and why')
  .option('--args <json>', 'the arguments as JSON', '{}')
  .option('--as <person>', 'who asks', 'ana')
  .option('--channel <name>', 'where', 'general')
  .option('--workflow <name>', 'in which workflow', 'assistant')
  .option('--tainted', 'as if the run had read untrusted content', false)
  .action(
    async (
      tool: string,
      options: { args: string; as: string; channel: string; workflow: string; tainted: boolean },
    ) => {
      await (await import('./policy.ts')).explain(tool, options);
    },
  );

policy
  .command('replay')
  .description('judges recorded calls by a changed policy file and shows what would be decided otherwise')
  .requiredOption('--policy <file>', 'the changed file')
  .option('--since <moment>', 'only calls judged at or after, ISO 8601')
  .action(async (options: { policy: string; since?: string }) =>
    (await import('./policy-replay.ts')).replayPolicy(options),
  );

const audit = program.command('audit').description('checks and exports the ledger');
audit
  .command('verify')
  .description('recomputes every hash, checks every seal and names the first bad commit')
  .option('--run <id>', 'one run only')
  .option('--file <file>', 'an exported file instead of the store')
  .option('--key <fingerprint...>', 'keys you know to be yours: seals of others are bad')
  .option('--posted <number:hash...>', 'seals that the audit channel shows')
  .option('--processes <n>', 'how many share the work; for a large store as many as there are processors')
  .addOption(new Option('--part <range>').hideHelp())
  .action(async (options: VerifyCommand) => (await import('./audit-verify.ts')).verify(options));
audit
  .command('export')
  .description('writes commits as JSON lines, or events as CSV; with seals and public keys')
  .option('--out <file>', 'a file instead of standard output')
  .option('--run <id>', 'one run only')
  .option('--since <moment>', 'landed at or after, ISO 8601')
  .option('--until <moment>', 'landed before, ISO 8601')
  .option('--actor <person>', 'caused or asked for by')
  .option('--tool <tool>', 'about this tool')
  .option('--thread <thread>', 'in this thread')
  .option('--outcome <outcome>', 'result, error, unknown, refused, approved, denied, done, failed…')
  .option('--format <format>', 'jsonl or csv', 'jsonl')
  .action(async (options: Record<string, string>) =>
    (await import('./audit-export.ts')).exportLedger(options),
  );

const runs = program.command('runs').description('lists, shows, stops, pauses, retries and replays runs');
runs
  .command('list')
  .option('--status <status>', 'queued, running, waiting, done, failed, stopped or parked')
  .option('--limit <n>', 'at most', '30')
  .option('--json', 'for machines', false)
  .action(async (options: { status?: string; limit: string; json: boolean }) =>
    (await import('./runs.ts')).listRuns(options),
  );
runs
  .command('feedback')
  .description('answers that people rated')
  .option('--limit <n>', 'how many runs to look through, youngest first', '1000')
  .option('--json', 'for machines', false)
  .action(async (options: { limit: string; json: boolean }) =>
    (await import('./runs.ts')).listFeedback(options),
  );
runs
  .command('show <run>')
  .option('--json', 'for machines', false)
  .action(async (run: string, options: { json: boolean }) =>
    (await import('./runs.ts')).showRun(run, options),
  );
runs
  .command('stop <run>')
  .requiredOption('--as <person>', 'who stops it')
  .option('--reason <text>', 'why', '')
  .action(async (run: string, options: { as: string; reason: string }) =>
    (await import('./runs.ts')).stopRun(run, options),
  );
const operations = {
  pause: 'holds it; what was already sent goes on',
  resume: 'lets a paused or parked run go on',
  leave: 'leaves as it is what could not be taken back',
} as const;
for (const kind of ['pause', 'resume', 'leave'] as const) {
  runs
    .command(`${kind} <run>`)
    .description(operations[kind])
    .requiredOption('--as <person>', 'who does it')
    .option('--reason <text>', 'why', '')
    .action(async (run: string, options: { as: string; reason: string }) =>
      (await import('./runs.ts')).operate(run, { kind }, options),
    );
}
runs
  .command('retry [run]')
  .requiredOption('--as <person>', 'who does it')
  .option('--reason <text>', 'why', '')
  .option('--step <key>', 'from this recorded step on; without it, whatever failed')
  .option('--parked', 'instead of one run: all that are parked', false)
  .option('--workflow <name>', 'with --parked: only runs of this workflow')
  .action(async (run: string | undefined, options: RetryOptions) => {
    const commands = await import('./runs.ts');
    if (run === undefined && options.parked) await commands.retryParked(options);
    else if (run !== undefined && !options.parked) {
      const from = options.step === undefined ? {} : { step: options.step };
      await commands.operate(run, { kind: 'retry', ...from }, options);
    } else runs.error('error: name one run, or say --parked for all that are parked');
  });
interface RetryOptions {
  readonly as: string;
  readonly reason: string;
  readonly step?: string;
  readonly parked: boolean;
  readonly workflow?: string;
}
runs
  .command('unknown')
  .description('calls that were sent and of which nobody knows what became of them')
  .option('--json', 'for machines', false)
  .action(async (options: { json: boolean }) => (await import('./unknown-outcomes.ts')).listUnknown(options));
runs
  .command('replay <run>')
  .description('what the workflow of today makes of what is recorded; nothing is done')
  .action(async (run: string) => (await import('./replay.ts')).replay(run));

const approvals = program.command('approvals').description('lists approvals, and says how people decide');
approvals
  .command('list')
  .option('--state <state>', 'pending, approved, denied, expired, stale or cancelled', 'pending')
  .option('--json', 'for machines', false)
  .action(async (options: { state: string; json: boolean }) =>
    (await import('./approvals.ts')).listApprovals(options),
  );
approvals
  .command('health')
  .description(
    'by person: how often asked, how long it took, how often approved, and how often under 3 seconds',
  )
  .option('--days <number>', 'questions of the last so many days', '30')
  .option('--json', 'for machines', false)
  .action(async (options: { days: string; json: boolean }) =>
    (await import('./approvals.ts')).showHealth(options),
  );

program
  .command('budgets')
  .description('what models have used up today, by person, channel, workspace and day')
  .option('--json', 'for machines', false)
  .action(async (options: { json: boolean }) => (await import('./budgets.ts')).showBudgets(options));

const workflows = program.command('workflows').description('lists workflows and checks their files');
workflows
  .command('list')
  .description('what there is, and how each starts')
  .action(async () => {
    (await import('./workflows.ts')).listWorkflows();
  });
workflows
  .command('check')
  .description('names every mistake in the definitions, with file and key')
  .action(async () => {
    (await import('./workflows.ts')).checkWorkflowFiles();
  });

program
  .command('schedules')
  .description('what starts by itself')
  .command('list')
  .option('--json', 'for machines', false)
  .action(async (options: { json: boolean }) => (await import('./schedules.ts')).listSchedules(options));

program
  .command('freeze <reason>')
  .description('stops everything that could change something, at once, in every run')
  .requiredOption('--as <person>', 'who freezes')
  .action(async (reason: string, options: { as: string }) =>
    (await import('./freeze.ts')).freeze(reason, options),
  );
program
  .command('unfreeze')
  .description('ends a freeze; what was asked before it stays void')
  .requiredOption('--as <person>', 'who ends it')
  .action(async (options: { as: string }) => (await import('./freeze.ts')).unfreeze(options));
const glass = program
  .command('break-glass')
  .description('lets one thread act during a freeze: two persons agree, a third signs afterwards');
glass
  .command('show')
  .description('how the freeze stands, and what waits to be signed')
  .action(async () => (await import('./freeze.ts')).showFreeze());
glass
  .command('ask <run>')
  .requiredOption('--as <person>', 'who asks')
  .requiredOption('--reason <text>', 'why')
  .action(async (run: string, options: { as: string; reason: string }) =>
    (await import('./freeze.ts')).askForGlass(run, options),
  );
glass
  .command('confirm <id>')
  .requiredOption('--as <person>', 'the second person')
  .action(async (id: string, options: { as: string }) =>
    (await import('./freeze.ts')).confirmGlass(id, options),
  );
glass
  .command('review <id>')
  .requiredOption('--as <person>', 'somebody who had no part in it')
  .requiredOption('--words <text>', 'what was found')
  .action(async (id: string, options: { as: string; words: string }) =>
    (await import('./freeze.ts')).reviewGlass(id, options),
  );

const memory = program.command('memory').description('looks at what was remembered, corrects and forgets it');
memory
  .command('list')
  .option('--workspace <name>', 'console, slack:T01 or discord:1001', 'console')
  .option('--past', 'those that were corrected or have run out, too', false)
  .option('--limit <n>', 'at most', '50')
  .option('--json', 'for machines, whole', false)
  .action(async (options: { workspace: string; past: boolean; limit: string; json: boolean }) =>
    (await import('./memory.ts')).listMemories(options),
  );
memory
  .command('history <id>')
  .description('what a memory was before it was corrected')
  .option('--workspace <name>', 'console, slack:T01 or discord:1001', 'console')
  .action(async (id: string, options: { workspace: string }) =>
    (await import('./memory.ts')).showHistory(id, options),
  );
memory
  .command('correct <id> <text...>')
  .description('puts another text in the place of a memory; the earlier one stays in its history')
  .requiredOption('--by <person>', 'whose word it is, as in people.yaml')
  .option('--workspace <name>', 'console, slack:T01 or discord:1001', 'console')
  .action(async (id: string, words: string[], options: { workspace: string; by: string }) =>
    (await import('./memory.ts')).correctByHand(id, words, options),
  );
memory
  .command('export')
  .description('writes every memory of a workspace to stdout, a line of JSON each')
  .option('--workspace <name>', 'console, slack:T01 or discord:1001', 'console')
  .option('--past', 'those that were corrected or have run out, too', false)
  .action(async (options: { workspace: string; past: boolean }) =>
    (await import('./memory.ts')).exportMemories(options),
  );
memory
  .command('forget <id>')
  .description('shows what would go, and removes it with --yes')
  .option('--workspace <name>', 'console, slack:T01 or discord:1001', 'console')
  .option('--yes', 'remove it for good', false)
  .action(async (id: string, options: { workspace: string; yes: boolean }) =>
    (await import('./memory.ts')).forgetMemory(id, options),
  );

const knowledge = program.command('knowledge').description('documents that answers may be made of');
knowledge
  .command('add <source>')
  .description('takes in a folder, a file or a public web address: Markdown, text, HTML, CSV, PDF, DOCX')
  .option('--workspace <name>', 'console, slack:T01 or discord:1001', 'console')
  .option('--channel <id>', 'only what this channel may be told, as for anything said there')
  .option('--trust', 'you vouch for what it says', false)
  .action(async (path: string, options: { workspace: string; channel?: string; trust: boolean }) =>
    (await import('./knowledge.ts')).addKnowledge(path, options),
  );
knowledge
  .command('sync')
  .description('looks at everything that was added: takes in what changed, removes what is gone')
  .option('--workspace <name>', 'console, slack:T01 or discord:1001', 'console')
  .action(async (options: { workspace: string }) => (await import('./knowledge.ts')).syncKnowledge(options));
knowledge
  .command('list')
  .description('what was added, and who may be told of it')
  .option('--workspace <name>', 'console, slack:T01 or discord:1001', 'console')
  .action(async (options: { workspace: string }) => (await import('./knowledge.ts')).listKnowledge(options));
knowledge
  .command('remove <source>')
  .description('shows what would be forgotten of a folder, a file or an address, and forgets it with --yes')
  .option('--workspace <name>', 'console, slack:T01 or discord:1001', 'console')
  .option('--yes', 'forget it for good', false)
  .action(async (source: string, options: { workspace: string; yes: boolean }) =>
    (await import('./knowledge.ts')).removeKnowledge(source, options),
  );
knowledge
  .command('search <words...>')
  .option('--workspace <name>', 'console, slack:T01 or discord:1001', 'console')
  .option('--limit <n>', 'at most', '5')
  .action(async (words: string[], options: { workspace: string; limit: string }) =>
    (await import('./knowledge.ts')).searchKnowledge(words, options),
  );

const grants = program.command('grants').description('what may run without asking, by whose word');
grants
  .command('list')
  .option('--json', 'for machines', false)
  .action(async (options: { json: boolean }) => (await import('./grants.ts')).listGrants(options));
grants
  .command('revoke <id>')
  .requiredOption('--as <person>', 'who revokes')
  .action(async (id: string, options: { as: string }) =>
    (await import('./grants.ts')).revokeGrant(id, options),
  );

const tools = program.command('tools').description('looks at tool servers');
tools.command('list').action(async () => (await import('./tools.ts')).listTools());
tools
  .command('test <server>')
  .action(async (server: string) => (await import('./tools.ts')).testServer(server));
tools
  .command('review <server>')
  .description('shows what its tools would be in policy.yaml, and accepts them as they are')
  .option('--yes', 'accept without showing first', false)
  .requiredOption('--as <person>', 'who accepts')
  .action(async (server: string, options: { yes: boolean; as: string }) =>
    (await import('./tools.ts')).reviewServer(server, options),
  );

program
  .command('discord')
  .description('what Discord keeps for the bot')
  .command('register')
  .description('shows what would change in the slash commands, then changes them')
  .option('--guild <id>', 'one server only, where it shows at once')
  .option('--dry-run', 'only show', false)
  .option('--yes', 'without being asked', false)
  .action(async (options: { guild?: string; dryRun: boolean; yes: boolean }) =>
    (await import('./register.ts')).registerCommands('discord', options),
  );

program
  .command('slack')
  .description('the Slack app')
  .command('manifest')
  .description('prints the manifest of the app, with the commands of the workflows')
  .option('--url <address>', 'where Slack reaches the bot, for HTTP in place of Socket Mode')
  .action(async (options: { url?: string }) => {
    (await import('./slack-manifest.ts')).printSlackManifest(options);
  });

const people = program.command('people').description('who is who: people.yaml');
people
  .command('list')
  .description('persons with their roles and accounts')
  .action(async () => {
    await (await import('./people.ts')).listPeople();
  });
const gather = (value: string, before: readonly string[]): readonly string[] => [...before, value];
people
  .command('add <person>')
  .description('adds somebody, or roles and accounts to somebody who is there')
  .option('--name <name>', 'as others read it')
  .option('--role <role>', 'may be given several times', gather, [])
  .option('--slack <account>', 'T01/U02: workspace and user', gather, [])
  .option('--discord <account>', "the user's id", gather, [])
  .option('--token', 'makes a token for the console and prints it once', false)
  .action(
    async (
      person: string,
      options: {
        name?: string;
        role: readonly string[];
        slack: readonly string[];
        discord: readonly string[];
        token: boolean;
      },
    ) => {
      (await import('./people.ts')).addPerson(person, options);
    },
  );
people
  .command('token <person>')
  .description('makes a token, prints it once, and the line for people.yaml')
  .option('--save', 'writes the line into people.yaml', false)
  .action(async (person: string, options: { save: boolean }) => {
    (await import('./people.ts')).makeToken(person, options);
  });
people
  .command('away <person> [when...]')
  .description(
    'says that somebody is away: `away cho until friday delegate ben`; without a day it lists who is',
  )
  .action(async (person: string, when: readonly string[]) => {
    await (await import('./away.ts')).sayAway(person, when);
  });
people
  .command('back <person>')
  .description('says that somebody is back')
  .action(async (person: string) => {
    await (await import('./away.ts')).sayBack(person);
  });
people
  .command('code')
  .description('a code that makes the first operator, while there is none')
  .action(async () => {
    await (await import('./people.ts')).offerCode();
  });

program
  .command('erase')
  .description('removes a person’s messages, arguments and reasons for ever; shows first what goes')
  .requiredOption('--person <id>', 'whose')
  .option('--as <person>', 'who erases, for the ledger', 'operator')
  .option('--yes', 'without asking', false)
  .action(async (options: { person: string; as: string; yes: boolean }) =>
    (await import('./erase.ts')).erase(options),
  );

program
  .command('mcp')
  .description('tools for other agents over standard input and output: they ask a running bot')
  .option('--url <address>', 'where the bot runs; PUBLIC_URL, or this machine on PORT')
  .action(async (options: { url?: string }) => {
    await (await import('./mcp.ts')).serveMcp(options);
  });

program
  .command('backup <file>')
  .description('copies the local store to a new file, while the bot runs')
  .action(async (file: string) => (await import('./backup.ts')).backUp(file));

program
  .command('restore [file]')
  .description('puts a backup in place, or says that one was; stops what was under way then')
  .option('--as <person>', 'who restores, for the ledger', 'operator')
  .action(async (file: string | undefined, options: { as: string }) =>
    (await import('./backup.ts')).restore(file, options),
  );

program
  .command('migrate')
  .description('moves the local store to an empty MongoDB database; the bot must not run')
  .requiredOption('--to <uri>', 'mongodb://user:password@host/countersign')
  .option('--dry-run', 'says what would be moved, and writes nothing', false)
  .action(async (options: { to: string; dryRun: boolean }) =>
    (await import('./migrate.ts')).migrate(options),
  );

program
  .command('rebuild')
  .description('makes lists and inboxes anew from the ledger; safe while the bot runs')
  .action(async () => (await import('./rebuild.ts')).rebuild());

// Whoever reads the output may stop reading, as `head` does; that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

program.parseAsync().catch(reportAndExit);

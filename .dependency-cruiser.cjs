/**
 * Who may import whom: floors from the ground up, and vendor libraries only where they are named.
 *
 * Type-only imports count like any other: a floor that needs a type from above has it in the wrong place.
 */

const ours = '^(src|adapters|workflows|servers|test|bench)/';

/** Top-level parts of `src` as one alternation: folders and single files. */
const parts = (names) => names.map((name) => (name.endsWith('.ts') ? `${name}$` : `${name}/`)).join('|');

/** One floor: files of `src/<name>` import themselves, and of our own only the parts named. */
function floor(name, mayImport) {
  return {
    name: `floor-${name.replace('.ts', '')}`,
    comment: `src/${name} imports only: ${mayImport.join(', ') || 'nothing of ours'}.`,
    severity: 'error',
    from: { path: `^src/(${parts([name])})`, pathNot: '^src/api/pages/' },
    to: { path: ours, pathNot: `^src/(${parts([name, ...mayImport])})` },
  };
}

/** A vendor library and the folders that may know it; tests and benches may use any. */
function confined(name, library, folders) {
  return {
    name: `confined-${name}`,
    comment: `${name} is known only to ${folders.join(', ')}.`,
    severity: 'error',
    from: { path: '^(src|adapters|workflows|servers)/', pathNot: folders.map((folder) => `^${folder}`) },
    to: { path: `(^|node_modules/)(@types/)?${library}` },
  };
}

const floorsOneToFive = [
  ...[
    'core',
    'charts',
    'ledger',
    'models',
    'memory',
    'people',
    'config.ts',
    'chat',
    'runs',
    'context',
    'tools',
  ],
  ...['gate', 'schedule', 'agent', 'notices', 'story'],
];
const floorSix = [
  'commands',
  'triggers',
  'learning',
  'router.ts',
  'workflow-input.ts',
  'route-message.ts',
  'said-days.ts',
  'ask-missing.ts',
  'reactions.ts',
  'courier.ts',
  'join-cards.ts',
  'surfaces.ts',
  'open-threads.ts',
  'direct-rooms.ts',
  'check-model.ts',
  'read-health.ts',
  'workflow-kit.ts',
  'workflow-commands.ts',
  'workflow-input.ts',
  'load-setup.ts',
  'guardrails-setup.ts',
  'memory-setup.ts',
  'knowledge-desk.ts',
];

/** What a store may know of a feature: its persistence port and the types of what is kept. */
const stateFiles = [
  '^src/[^/]+/(store|commit|person|policy|tool|row|rows|sight|state)[.]ts$',
  '^src/[^/]+/[^/]+-(row|rows|state)[.]ts$',
];

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'The imported file or package does not exist.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-package',
      comment: 'The package is not in package.json.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dev-dependency',
      comment: 'What ships may not need a development dependency at run time.',
      severity: 'error',
      from: { path: '^(src|adapters|workflows|servers)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm'] },
    },
    {
      name: 'no-test-code',
      comment: 'Tests and benches import the product, never the other way round.',
      severity: 'error',
      from: { path: '^(src|adapters|workflows|servers)/' },
      to: { path: '^(test|bench)/' },
    },

    floor('core', []),
    floor('charts', ['core']),
    floor('ledger', ['core']),
    floor('models', ['core']),
    floor('memory', ['core']),
    floor('people', ['core']),
    floor('config.ts', ['core']),
    floor('chat', ['core', 'ledger', 'people']),
    floor('runs', ['core', 'ledger', 'people']),
    floor('context', ['core', 'memory', 'models', 'people']),
    floor('tools', ['core', 'ledger']),
    floor('gate', ['core', 'ledger', 'runs', 'tools', 'people', 'models']),
    floor('schedule', ['core', 'runs']),
    floor('agent', ['core', 'charts', 'models', 'context', 'memory', 'gate', 'runs', 'tools']),
    floor('notices', ['core', 'ledger', 'chat', 'people', 'runs', 'gate']),
    floor('story', ['core', 'charts', 'chat', 'runs', 'gate', 'people']),
    ...floorSix.map((part) => floor(part, [...floorsOneToFive, ...floorSix])),
    floor('api', [...floorsOneToFive, ...floorSix]),
    floor('cli', [
      ...floorsOneToFive,
      ...floorSix,
      'app.ts',
      'app-parts.ts',
      'open-store.ts',
      'find-root.ts',
      'start.ts',
      'report-and-exit.ts',
    ]),

    {
      name: 'only-the-gate-sends',
      comment: 'A call leaves for a tool server through the gate alone.',
      severity: 'error',
      from: { path: ours, pathNot: '^(src/gate/|src/app-parts[.]ts$|test/|bench/)' },
      to: { path: '^src/tools/send-call[.]ts$' },
    },
    {
      name: 'only-the-top-knows-the-app',
      comment: 'The composition root is imported by start.ts, the command line, tests and benches.',
      severity: 'error',
      from: { path: ours, pathNot: '^(src/app[.]ts$|src/start[.]ts$|src/cli/|test/|bench/)' },
      to: { path: '^src/app(-parts)?[.]ts$' },
    },
    {
      name: 'nobody-imports-main',
      severity: 'error',
      from: { path: ours, pathNot: '^(src/cli/|test/|bench/)' },
      to: { path: '^src/main[.]ts$' },
    },
    {
      name: 'stores-are-behind-ports',
      comment: 'Stores are known to open-store.ts, tests and benches; the others take the type of any store.',
      severity: 'error',
      from: { path: ours, pathNot: '^(src/stores/|src/open-store[.]ts$|test/|bench/)' },
      to: { path: '^src/stores/', pathNot: '^src/stores/store[.]ts$' },
    },
    {
      name: 'side-stores',
      comment: 'A store imports core, and of each feature its store.ts and state types.',
      severity: 'error',
      from: { path: '^src/stores/' },
      to: { path: ours, pathNot: ['^src/(core|stores)/', ...stateFiles] },
    },
    {
      name: 'side-stores-apart',
      comment: 'One kind of store never imports another.',
      severity: 'error',
      from: { path: '^src/stores/([^/]+)/' },
      to: { path: '^src/stores/[^/]+/', pathNot: '^src/stores/$1/' },
    },
    {
      name: 'side-adapters',
      comment: 'An adapter imports core and chat.',
      severity: 'error',
      from: { path: '^adapters/' },
      to: { path: ours, pathNot: '^(adapters/|src/core/|src/chat/)' },
    },
    {
      name: 'side-adapters-apart',
      comment: 'An adapter never imports another, nor the list of them.',
      severity: 'error',
      from: { path: '^adapters/([^/]+)/' },
      to: { path: '^adapters/', pathNot: '^adapters/$1/' },
    },
    {
      name: 'adapters-are-behind-a-port',
      comment: 'Adapters are known to the top only.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(app(-parts)?[.]ts$|start[.]ts$|main[.]ts$|cli/)' },
      to: { path: '^adapters/' },
    },
    {
      name: 'workflows-are-listed',
      comment: 'Workflows are known to the top only.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(app(-parts)?[.]ts$|start[.]ts$|main[.]ts$|cli/)' },
      to: { path: '^workflows/' },
    },
    {
      name: 'side-workflows',
      comment: 'A workflow imports workflow-kit.ts and zod, nothing else.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { pathNot: ['^workflows/', '^src/workflow-kit[.]ts$', '(^|/)node_modules/zod/'] },
    },
    {
      name: 'side-servers',
      comment: 'Tool servers are programs of their own.',
      severity: 'error',
      from: { path: '^servers/' },
      to: { path: ours, pathNot: '^servers/' },
    },
    {
      name: 'servers-are-apart',
      comment: 'Tool servers are started as processes, never imported.',
      severity: 'error',
      from: { path: '^(src|adapters|workflows)/' },
      to: { path: '^servers/' },
    },
    {
      name: 'pages-are-browser-code',
      comment: 'Pages import JSON, the shapes of the HTTP interface as types, and browser libraries.',
      severity: 'error',
      from: { path: '^src/api/pages/' },
      to: {
        pathNot: [
          '^src/api/pages/',
          '^src/core/(canonical-json|json)[.]ts$',
          '^src/api/(shapes|backend|look/look-shapes)[.]ts$',
          '(^|/)node_modules/(preact|eventsource-parser|unified|remark-[^/]+|(@types/)?(mdast|unist|hast)|mdast-[^/]+|unist-[^/]+)/',
        ],
      },
    },
    {
      name: 'pages-take-types-only',
      comment: 'The shapes would bring zod into the browser.',
      severity: 'error',
      from: { path: '^src/api/pages/' },
      to: { path: '^src/api/(shapes|backend|look/look-shapes)[.]ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pages-are-apart',
      comment: 'Pages are bundled for the browser, never imported by the process.',
      severity: 'error',
      from: { path: ours, pathNot: '^(src/api/pages/|test/)' },
      to: { path: '^src/api/pages/' },
    },

    confined('linear-patterns', 're2js/', ['src/core/linear-pattern.ts']),
    confined('slack', '@slack/', ['adapters/slack/']),
    confined('discord', '(discord[.]js|@discordjs/|discord-api-types)', ['adapters/discord/']),
    confined('mongo', '(mongoose|mongodb|bson)/', ['src/stores/mongo/']),
    confined('sqlite', '(libsql|@libsql)/', ['src/stores/local/', 'servers/']),
    confined('connection-pools', 'undici/', ['src/tools/', 'adapters/discord/']),
    confined('mcp', '@modelcontextprotocol/', ['src/tools/', 'src/api/mcp', 'src/cli/mcp', 'servers/']),
    confined('model-sdks', '(@anthropic-ai/|openai/)', ['src/models/']),
    confined('http-framework', '(fastify/|@fastify/)', ['src/api/']),
    confined('policy-language', '@marcbachmann/cel-js/', ['src/gate/']),
    confined('pictures', '(@resvg|@fontsource)/', ['src/charts/']),
    confined('preact', 'preact/', ['src/api/pages/']),
    confined('test-tools', '(playwright-core|smtp-server|jest|@jest|mongodb-memory-server)/', []),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|data|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.cjs', '.mjs', '.json', '.d.ts'],
    },
    cache: false,
  },
};

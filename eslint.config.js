/**
 * Lint: typescript-eslint's strict type-checked rules, and the project's own bans.
 *
 * The bans come in layers (language, environment, time, workflows). ESLint replaces a rule's options instead of
 * merging them, so every folder gets its whole set from `bans` in one go.
 */
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { localRules } from './scripts/lint/local-rules.js';

const typescript = ['**/*.ts', '**/*.tsx'];
const product = ['src/**/*.{ts,tsx}', 'adapters/**/*.ts', 'workflows/**/*.ts'];

const language = [
  { selector: 'TSEnumDeclaration', message: 'No enums: use a union of literals.' },
  { selector: 'TSParameterProperty', message: 'No parameter properties: declare the field.' },
];

const useClock = 'Time comes from the Clock of core/clock.ts.';
const environment = [
  {
    selector:
      'MemberExpression[object.name="process"]:matches([property.name="env"], [property.value="env"])',
    message: 'Only src/config.ts reads process.env.',
  },
  {
    selector: 'VariableDeclarator[init.name="process"] > ObjectPattern > Property[key.name="env"]',
    message: 'Only src/config.ts reads process.env.',
  },
];
const time = [
  { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: useClock },
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: useClock },
  { selector: 'CallExpression[callee.name="Date"]', message: useClock },
  { selector: 'MemberExpression[property.name="randomUUID"]', message: 'Ids come from core/ids.ts.' },
];
const timers = ['setTimeout', 'setInterval', 'setImmediate'];

const workflowGlobals = [
  ...['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'AbortSignal'],
  ...['performance', 'crypto', 'queueMicrotask', 'process'],
];
const throughContext = 'A workflow is replayed: reach the world, time and chance only through `ctx`.';
const workflowSyntax = [
  { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: throughContext },
  { selector: 'ImportExpression', message: throughContext },
];

/** The restrictions of one group of files, whole. */
function bans({ mayReadEnvironment, mayAskTime, mayUse = [], mayTakeSystemClock, isWorkflow } = {}) {
  const syntax = [...language];
  const globals = [];
  const paths = [];
  if (!mayReadEnvironment) {
    syntax.push(...environment);
    paths.push(
      ...['process', 'node:process'].map((name) => ({
        name,
        importNames: ['env'],
        message: 'Only src/config.ts reads process.env.',
      })),
    );
  }
  if (!mayAskTime) {
    syntax.push(...time);
    globals.push(
      ...timers.filter((name) => !mayUse.includes(name)).map((name) => ({ name, message: useClock })),
    );
    paths.push(
      ...['timers', 'node:timers', 'timers/promises', 'node:timers/promises'].map((name) => ({
        name,
        message: useClock,
      })),
      ...['crypto', 'node:crypto'].map((name) => ({
        name,
        importNames: ['randomUUID'],
        message: 'Ids come from core/ids.ts.',
      })),
    );
  }
  const patterns =
    mayAskTime || mayTakeSystemClock
      ? []
      : [
          {
            group: ['**/core/clock.ts'],
            importNames: ['systemClock'],
            message: 'Take a Clock as a dependency; main.ts and the command line hand in the system clock.',
          },
        ];
  if (isWorkflow) {
    syntax.push(...workflowSyntax);
    globals.push(...workflowGlobals.map((name) => ({ name, message: throughContext })));
  }
  return {
    'no-restricted-syntax': ['error', ...syntax],
    'no-restricted-globals': globals.length === 0 ? 'off' : ['error', { globals, checkGlobalObject: true }],
    'no-restricted-imports': ['error', { paths, patterns }],
  };
}

export default defineConfig(
  globalIgnores(['dist/', 'data/', 'coverage/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  tseslint.configs.strict,
  {
    files: typescript,
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        {
          allowDefaultCaseForExhaustiveSwitch: true,
          considerDefaultExhaustiveForUnions: false,
          requireDefaultForNonUnion: true,
        },
      ],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { prefer: 'type-imports', fixStyle: 'separate-type-imports', disallowTypeAnnotations: true },
      ],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': 'allow-with-description', 'ts-ignore': true, 'ts-nocheck': true },
      ],
      // Ports are asynchronous even where an implementation has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // Parts are closures, not classes: their methods know no `this`.
      '@typescript-eslint/unbound-method': 'off',
      // Costly, and without enums and classes there is nothing for them to find.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A reader of rows or of JSON names the type it yields.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowNever: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { attributes: false, inheritedMethods: true } },
      ],
      '@typescript-eslint/only-throw-error': ['error', { allowRethrowing: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  {
    plugins: { local: localRules },
    rules: { 'local/explain-disable': 'error', eqeqeq: 'error', 'no-var': 'error', 'prefer-const': 'error' },
  },
  { files: typescript, rules: { 'local/explain-assertion': 'error' } },

  // Programs and checks of their own read their environment and the system's time.
  {
    files: [...typescript, '**/*.js', '**/*.cjs'],
    rules: bans({ mayReadEnvironment: true, mayAskTime: true }),
  },
  { files: product, rules: bans() },
  { files: ['src/config.ts'], rules: bans({ mayReadEnvironment: true }) },
  { files: ['src/core/**/*.ts', 'src/api/pages/**/*.{ts,tsx}'], rules: bans({ mayAskTime: true }) },
  {
    files: ['src/stores/local/**/*.ts', 'src/ledger/**/*.ts'],
    rules: bans({ mayUse: ['setImmediate'] }),
  },
  {
    // A worker thread cannot be handed a clock.
    files: [''],
    rules: bans({ mayUse: ['setImmediate'], mayTakeSystemClock: true }),
  },
  { files: ['src/start.ts', 'src/cli/**/*.ts'], rules: bans({ mayTakeSystemClock: true }) },
  { files: ['workflows/**/*.ts'], rules: bans({ isWorkflow: true }) },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs' },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);

/** Policies with one mistake each, and what a person must read about it. */
export interface BrokenPolicy {
  readonly name: string;
  readonly text: string;
  /** `:line: key: problem`, as in the message after the file's name. */
  readonly says: string;
  readonly fix: string;
  /** False when only the parser can know, because the file's shape is right. */
  readonly isShape: boolean;
}

const shape = (name: string, text: string, says: string, fix: string): BrokenPolicy => ({
  name,
  text,
  says,
  fix,
  isShape: true,
});
const sense = (name: string, text: string, says: string, fix: string): BrokenPolicy => ({
  name,
  text,
  says,
  fix,
  isShape: false,
});
const tool = (fields: string): string => `version: 1\ntools:\n  billing/refund: { ${fields} }\n`;
const rule = (fields: string): string =>
  `version: 1\nrules:\n  - { id: large, tool: billing/refund, verdict: ask, ${fields} }\n`;
const when = (text: string): string => rule(`when: '${text}'`);

export const brokenPolicies: readonly BrokenPolicy[] = [
  sense('an empty file', '', ':1: the file is empty', 'fill it'),
  sense('bad YAML', 'version: 1\ntools: {\n', 'not readable as YAML', 'mend the syntax'),
  shape('no version', 'tools: {}\n', ':1: version: is missing', 'version: 1'),
  shape('another version', 'version: 2\n', ':1: version: is not a version', 'version: 1'),
  shape('an unknown section', 'version: 1\ntool: {}\n', ':2: tool: is not a known key', 'did you mean tools'),
  sense(
    'a key twice',
    'version: 1\ntools: {}\ntools: {}\n',
    ':3: tools: is given twice, first in line 2',
    'keep one',
  ),
  shape('rules as a map', 'version: 1\nrules: {}\n', ':2: rules: must be a list, but is a map', 'brackets'),
  shape(
    'tools as a list',
    'version: 1\ntools: []\n',
    ':2: tools: must be a map, but is a list',
    'key: value',
  ),
  shape(
    'allow as default',
    'version: 1\ndefault: { verdict: allow }\n',
    ':2: default.verdict: would allow tools',
    'write ask',
  ),
  shape(
    'read as default effect',
    'version: 1\ndefault: { effect: read }\n',
    ':2: default.effect: cannot be read',
    'write opaque',
  ),
  shape(
    'nobody asked by default',
    'version: 1\ndefault: { approvers: [] }\n',
    ':2: default.approvers: asks nobody',
    'name a role',
  ),
  shape(
    'an unknown verdict',
    tool('verdict: asktwo'),
    ':3: tools.billing/refund.verdict: "asktwo" is not a verdict',
    'did you mean ask_two',
  ),
  shape(
    'an unknown effect',
    tool('effect: readonly'),
    ':3: tools.billing/refund.effect: "readonly" is not an effect',
    'did you mean read',
  ),
  shape(
    'an unknown key of a tool',
    tool('verdit: ask'),
    ':3: tools.billing/refund.verdit: is not a known key',
    'did you mean verdict',
  ),
  shape(
    'a tool without its server',
    'version: 1\ntools:\n  refund: { verdict: ask }\n',
    ':3: tools.refund: "refund" is not a tool',
    'server/tool',
  ),
  shape(
    'a star in the middle',
    'version: 1\ntools:\n  "*/refund": { verdict: ask }\n',
    ':3: tools.*/refund: "*/refund" is not',
    'at the end only',
  ),
  shape(
    'allow for all tools',
    'version: 1\ntools:\n  "*": { verdict: allow }\n',
    ':3: tools.*: would allow tools that nobody has named',
    'billing/*',
  ),
  shape(
    'keyed without key',
    tool('effect: keyed'),
    ':3: tools.billing/refund: is keyed but has no key',
    'add «key:»',
  ),
  shape(
    'key without keyed',
    tool('key: idempotency_key'),
    ':3: tools.billing/refund.key: is for keyed tools',
    'effect: keyed',
  ),
  shape(
    'probeable without probe',
    tool('effect: probeable'),
    ':3: tools.billing/refund: is probeable but has no probe',
    'add «probe:»',
  ),
  sense(
    'an unknown preview',
    tool('preview: billing/get_invoice'),
    ':3: tools.billing/refund.preview: "billing/get_invoice" is not named',
    'effect: read',
  ),
  sense(
    'a preview that writes',
    `${tool('preview: billing/void')}  billing/void: { effect: opaque }\n`,
    ':3: tools.billing/refund.preview: "billing/void" is not a read tool',
    'read',
  ),
  shape(
    'a preview that does not say what is set',
    `${tool('preview: { tool: billing/get_invoice }')}  billing/get_invoice: { effect: read }\n`,
    ':3: tools.billing/refund.preview: does not say what it reads and what is set',
    'sets: changes',
  ),
  shape(
    'nobody asked',
    tool('verdict: ask, approvers: []'),
    ':3: tools.billing/refund.approvers: asks nobody',
    'verdict: deny',
  ),
  shape(
    'approvers as text',
    tool('verdict: ask, approvers: finance'),
    ':3: tools.billing/refund.approvers: must be a list, but is text',
    'brackets',
  ),
  shape(
    'an approver twice',
    tool('verdict: ask, approvers: [a, a]'),
    ':3: tools.billing/refund.approvers[1]: "a" is listed twice',
    'keep one',
  ),
  shape(
    'an approver by name',
    tool('verdict: ask, approvers: ["Ben B."]'),
    ':3: tools.billing/refund.approvers[0]: "Ben B." is not the id',
    'people.yaml',
  ),
  shape(
    'approvers who are never asked',
    tool('verdict: allow, approvers: [finance]'),
    ':3: tools.billing/refund.approvers: has no effect with verdict allow',
    'ask or ask_two',
  ),
  shape(
    'approvers without a verdict',
    tool('approvers: [finance]'),
    ':3: tools.billing/refund.approvers: has no effect without a verdict',
    'verdict: ask',
  ),
  shape(
    'a quorum of nobody',
    tool('verdict: ask, quorum: 0'),
    ':3: tools.billing/refund.quorum: 0 is out of range',
    '1 to 20',
  ),
  shape(
    'a quorum as text',
    tool('verdict: ask, quorum: "2"'),
    ':3: tools.billing/refund.quorum: must be a number, but is text',
    '1 to 20',
  ),
  shape(
    'ask_two of one',
    tool('verdict: ask_two, quorum: 1'),
    ':3: tools.billing/refund.quorum: contradicts ask_two',
    '2 or more',
  ),
  shape(
    'one stage',
    tool('verdict: ask, stages: [{ approvers: [finance] }]'),
    ':3: tools.billing/refund.stages: has one stage',
    '2 to 5',
  ),
  shape(
    'stages beside approvers',
    tool('verdict: ask, approvers: [a], stages: [{ approvers: [a] }, { approvers: [b] }]'),
    ':3: tools.billing/refund.approvers: contradicts stages',
    'inside the stages',
  ),
  shape(
    'a stage of nobody',
    tool('verdict: ask, stages: [{ approvers: [a] }, { quorum: 1 }]'),
    ':3: tools.billing/refund.stages[1]: names nobody',
    'approvers: [finance]',
  ),
  shape(
    'stages on a line that allows',
    tool('verdict: allow, stages: [{ approvers: [a] }, { approvers: [b] }]'),
    ':3: tools.billing/refund.stages: has no effect with verdict allow',
    'ask or ask_two',
  ),
  shape(
    'an escalation to nobody',
    tool('verdict: ask, escalate: [{ after: 2h }]'),
    ':3: tools.billing/refund.escalate[0]: names nobody',
    'to: [operator]',
  ),
  shape(
    'a reminder without unit',
    tool('verdict: ask, reminders: ["1"]'),
    ':3: tools.billing/refund.reminders[0]: "1" is not a duration',
    '24h',
  ),
  shape(
    'stages for everything',
    'version: 1\ndefault: { stages: [{ approvers: [a] }, { approvers: [b] }] }\n',
    ':2: default.stages: cannot be inherited',
    'on the tool or the rule',
  ),
  shape(
    'a maybe',
    tool('verdict: ask, excludeRequester: maybe'),
    ':3: tools.billing/refund.excludeRequester: must be true or false',
    'true or false',
  ),
  shape(
    'a duration without unit',
    tool('verdict: ask, expiresIn: "24"'),
    ':3: tools.billing/refund.expiresIn: "24" is not a duration',
    '24h',
  ),
  sense(
    'a duration of years',
    tool('verdict: ask, expiresIn: 999d'),
    ':3: tools.billing/refund.expiresIn: "999d" is out of range',
    '1m to 30d',
  ),
  shape(
    'a card to nowhere',
    tool('verdict: ask, notify: "the finance people"'),
    ':3: tools.billing/refund.notify: "the finance people" is not a place',
    'thread, dm',
  ),
  sense(
    'an open brace in a title',
    tool('title: "Refund {amount"'),
    ':3: tools.billing/refund.title: has a brace without',
    '{amount}',
  ),
  sense(
    'a title that computes',
    tool('title: "Refund {amount + 1}"'),
    ':3: tools.billing/refund.title: {amount + 1} is not',
    '{amount}',
  ),
  shape(
    'nobody may use it',
    tool('requesters: []'),
    ':3: tools.billing/refund.requesters: names nobody',
    'verdict: deny',
  ),
  shape(
    'a rule without id',
    'version: 1\nrules:\n  - { tool: billing/refund, verdict: ask }\n',
    ':3: rules[0].id: is missing',
    'add «id:',
  ),
  shape(
    'a rule without tool',
    'version: 1\nrules:\n  - { id: a, verdict: ask }\n',
    ':3: rules[0].tool: is missing',
    'billing/refund',
  ),
  shape(
    'a rule without verdict',
    'version: 1\nrules:\n  - { id: a, tool: a/b }\n',
    ':3: rules[0].verdict: is missing',
    'verdict: ask',
  ),
  shape(
    'a rule with a capital id',
    rule('').replace('id: large', 'id: Large Ones'),
    ':3: rules[0].id: "Large Ones" is not',
    'a-z',
  ),
  shape(
    'a rule with a reserved id',
    rule('').replace('id: large', 'id: tainted'),
    ':3: rules[0].id: "tainted" is a reserved word',
    'another id',
  ),
  sense(
    'two rules of one id',
    `${rule('')}  - { id: large, tool: a/b, verdict: deny }\n`,
    ':4: rules[1].id: "large" is the id of another rule, in line 3',
    'its own',
  ),
  shape(
    'a rule that allows all',
    'version: 1\nrules:\n  - { id: a, tool: "*", verdict: allow }\n',
    ':3: rules[0].tool: would allow',
    'billing/*',
  ),
  shape('an unknown key of a rule', rule('if: x'), ':3: rules[0].if: is not a known key', 'id'),
  sense(
    'a condition cut short',
    when('args.amount >'),
    ':3: rules[0].when: cannot be read',
    'args.amount > 500',
  ),
  sense(
    'a condition on an unknown variable',
    when('arg.amount > 5'),
    ':3: rules[0].when: Unknown variable: arg',
    'args, actor',
  ),
  sense(
    'a condition on an unknown field',
    when('actor.name == "x"'),
    ':3: rules[0].when: No such key: name',
    'id and roles',
  ),
  sense(
    'a condition that is a number',
    when('args.amount'),
    ':3: rules[0].when: is dyn, not a yes or no',
    'compare it',
  ),
  sense(
    'a regular expression',
    when('args.to.matches("(a+)+")'),
    ':3: rules[0].when: uses matches()',
    'glob',
  ),
  sense(
    'a list within a list',
    when('args.a.all(x, args.b.all(y, x == y))'),
    ':3: rules[0].when: has all() inside another',
    'two rules',
  ),
  sense(
    'a function from elsewhere',
    when('args.a.split(",").size() > 2'),
    ':3: rules[0].when: uses split(), which is not',
    'glob',
  ),
  sense(
    'a pattern from an argument',
    when('glob(args.a, args.b)'),
    ':3: rules[0].when: glob() needs its pattern written out',
    'in quotes',
  ),
  shape(
    'an unknown trust',
    'version: 1\nservers:\n  crm: { trust: full }\n',
    ':3: servers.crm.trust: "full" is not a trust',
    'trusted',
  ),
  shape(
    'an unknown key of a server',
    'version: 1\nservers:\n  crm: { reviewd: true }\n',
    ':3: servers.crm.reviewd: is not a known key',
    'did you mean reviewed',
  ),
  sense(
    'an alias',
    'version: 1\ntools:\n  a/b: &x { verdict: ask }\n  a/c: *x\n',
    ':4: tools.a/c: uses an alias',
    'write the value out',
  ),
  shape(
    'an unknown budget',
    'version: 1\nbudgets:\n  chanel: { usd: 5 }\n',
    ':3: budgets.chanel: is not a known key',
    'did you mean channel',
  ),
  shape(
    'a budget without a limit',
    'version: 1\nbudgets:\n  person: {}\n',
    ':3: budgets.person: sets no limit',
    'add «usd: 5»',
  ),
  shape(
    'a budget of nothing',
    'version: 1\nbudgets:\n  day: { usd: 0 }\n',
    ':3: budgets.day.usd: is not a number of US dollars',
    'usd: 5',
  ),
  shape(
    'half a token',
    'version: 1\nbudgets:\n  run: { tokens: 0.5 }\n',
    ':3: budgets.run.tokens: 0.5 is out of range',
    'whole number',
  ),
  shape(
    'nobody to allow more',
    'version: 1\nbudgets: { day: { usd: 5 }, approvers: [] }\n',
    ':2: budgets.approvers: asks nobody',
    'remove the key',
  ),
  shape(
    'half a price',
    'version: 1\nprices:\n  openai/x: { input: 1 }\n',
    ':3: prices.openai/x.output: is missing',
    'per million tokens',
  ),
  shape(
    'a price below nothing',
    'version: 1\nprices:\n  openai/x: { input: -1, output: 2 }\n',
    ':3: prices.openai/x.input: is not US dollars per million tokens',
    'input: 2.5',
  ),
  shape(
    'a price of no model',
    'version: 1\nprices:\n  "my model": { input: 1, output: 2 }\n',
    ':3: prices.my model: "my model" is not a model',
    'as in MODEL',
  ),
];

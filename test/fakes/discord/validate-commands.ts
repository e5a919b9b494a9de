/** The limits of application commands: names, descriptions, how many, how long, required options first. */

export interface KeptOption {
  readonly type: number;
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  readonly autocomplete?: boolean;
  readonly max_length?: number;
  readonly choices?: readonly { readonly name: string; readonly value: string }[];
  readonly options?: readonly KeptOption[];
}

export interface KeptCommand {
  readonly name: string;
  /** 1 a slash command, 2 an entry of a person's menu, 3 of a message's. */
  readonly type?: number;
  readonly description?: string;
  readonly contexts?: readonly number[];
  readonly options?: readonly KeptOption[];
}

const namePattern = /^[-_\p{L}\p{N}]{1,32}$/u;
const subcommand = 1;
/** Slash commands, and entries of the menus of persons and of messages. */
const mostOfType = [
  [1, 100],
  [2, 15],
  [3, 15],
] as const;

/** The first fault of a list of commands; undefined when it would be taken. */
export function findCommandsFault(sent: unknown): string | undefined {
  if (!Array.isArray(sent)) return 'a list of commands was expected';
  // Each entry is looked at field by field below; a missing field fails its own check.
  const commands = sent as readonly KeptCommand[];
  for (const [type, most] of mostOfType) {
    const there = commands.filter((command) => (command.type ?? 1) === type).length;
    if (there > most) return `more than ${String(most)} commands of type ${String(type)}`;
  }
  const keys = commands.map(({ type = 1, name }) => `${String(type)} ${name}`);
  if (new Set(keys).size !== keys.length) return 'APPLICATION_COMMANDS_DUPLICATE_NAME';
  for (const command of commands) {
    const fault = findFault(command, 0) ?? findContextFault(command);
    if (fault !== undefined) return `${command.name}: ${fault}`;
    if (charactersOf(command) > 8_000) return `${command.name}: more than 8000 characters`;
  }
  return undefined;
}

function findFault(part: KeptCommand | KeptOption, depth: number): string | undefined {
  if (depth === 0 && (part.type === 2 || part.type === 3)) return findMenuFault(part);
  if (depth === 0 && ![undefined, 1].includes(part.type)) return 'type';
  if (typeof part.name !== 'string' || !namePattern.test(part.name) || part.name !== part.name.toLowerCase())
    return 'name';
  if (typeof part.description !== 'string' || part.description.length < 1 || part.description.length > 100)
    return 'description';
  const options = part.options ?? [];
  if (options.length > 25) return 'more than 25 options';
  if (new Set(options.map(({ name }) => name)).size !== options.length) return 'two options of one name';
  const isRequired = options.map(({ required }) => required === true);
  if (
    isRequired.lastIndexOf(true) > isRequired.indexOf(false) &&
    isRequired.includes(false) &&
    isRequired.includes(true)
  )
    return 'required options come first';
  const subcommands = options.filter(({ type }) => type === subcommand).length;
  if (subcommands > 0 && (subcommands < options.length || depth > 0)) return 'subcommands mixed with options';
  for (const option of options) {
    if (![1, 3, 4, 5, 6, 7, 8, 9, 10, 11].includes(option.type)) return `${option.name}: type`;
    const { choices = [] } = option;
    if (choices.length > 25) return `${option.name}: more than 25 choices`;
    if (choices.some(({ name, value }) => !isOfLength(name) || !isOfLength(value)))
      return `${option.name}: a choice's name and value are of 1 to 100`;
    if (new Set(choices.map(({ name }) => name)).size < choices.length)
      return `${option.name}: two choices of one name`;
    const { max_length: longest = 1 } = option;
    if (longest < 1 || longest > 6_000) return `${option.name}: max_length`;
    if (option.autocomplete === true && option.choices !== undefined)
      return `${option.name}: choices and autocomplete`;
    const fault = findFault(option, depth + 1);
    if (fault !== undefined) return `${option.name}: ${fault}`;
  }
  return undefined;
}

/** An entry of a menu: 1 to 32 characters of any kind, and nothing besides. */
function findMenuFault(part: KeptCommand | KeptOption): string | undefined {
  if (part.name.length < 1 || part.name.length > 32) return 'name';
  return 'description' in part || 'options' in part
    ? 'description and options are for slash commands'
    : undefined;
}

/** Contexts: in servers, with the bot alone, with others; the values that the platform knows. */
function findContextFault({ contexts = [] }: KeptCommand): string | undefined {
  return contexts.some((context) => ![0, 1, 2].includes(context)) ? 'contexts' : undefined;
}

function isOfLength(text: unknown): boolean {
  return typeof text === 'string' && text.length >= 1 && text.length <= 100;
}

function charactersOf(part: KeptCommand | KeptOption): number {
  const own = part.name.length + (part.description ?? '').length;
  const inside = (part.options ?? []).reduce((sum, option) => sum + charactersOf(option), 0);
  const offered = ('choices' in part ? (part.choices ?? []) : []).reduce(
    (sum, { name, value }) => sum + name.length + value.length,
    0,
  );
  return own + inside + offered;
}

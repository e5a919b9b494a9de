/** What could follow a command's name, as a list to choose from while typing. */
import type { OfferedCommand, Suggestion } from '../chat/adapter.ts';
import type { ChannelId } from '../core/ids.ts';
import type { Person } from '../people/person.ts';
import type { CommandDefinition, CommandServices } from './command.ts';

/** Both platforms show no more. */
export const mostSuggestions = 25;

/** Those whose value or label holds what is typed, in the command's own order. */
export async function suggestFor(
  command: CommandDefinition | undefined,
  services: CommandServices,
  {
    person,
    channel,
    typed,
  }: { readonly person: Person; readonly channel: ChannelId; readonly typed: string },
): Promise<readonly Suggestion[]> {
  const all = (await command?.suggest?.(services, person, channel)) ?? [];
  const wanted = typed.trim().toLowerCase();
  return all
    .filter(({ value, label }) => `${value} ${label}`.toLowerCase().includes(wanted))
    .slice(0, mostSuggestions);
}

export function offerCommand({ name, usage, help, suggest, isRare }: CommandDefinition): OfferedCommand {
  return { name, usage, help, isSuggesting: suggest !== undefined, isRare: isRare === true };
}

/**
 * What could stand next in a line that begins with `/`, as a list above the box: arrows choose, Tab or a click takes,
 * Escape closes. Enter sends, unless something was chosen.
 */
import { useEffect, useId, useState } from 'preact/hooks';
import { useSession } from './session.tsx';

interface Completion {
  readonly value: string;
  readonly label: string;
}

export interface Completions {
  readonly listId: string;
  readonly items: readonly Completion[];
  /** Of the chosen one; -1 while none is. */
  readonly chosen: number;
  optionId(index: number): string;
  /** True when the key was one for the list. */
  takesKey(event: { readonly key: string; readonly shiftKey: boolean }): boolean;
  take(index: number): void;
}

const longest = 2_000;

export function useCompletions(channel: string, text: string, write: (text: string) => void): Completions {
  const { client } = useSession();
  const listId = useId();
  const [found, setFound] = useState<{ readonly typed: string; readonly items: readonly Completion[] }>();
  const [chosen, setChosen] = useState(-1);
  const [closed, setClosed] = useState<string>();
  const isCommand = text.startsWith('/') && !text.includes('\n') && text.length <= longest;
  useEffect(() => {
    setChosen(-1);
    if (!isCommand) return undefined;
    let isLate = false;
    const query = new URLSearchParams({ channel, typed: text });
    void client
      .get<{ readonly items: readonly Completion[] }>(`/commands?${query.toString()}`)
      .then((answer) => {
        if (!isLate && answer.kind === 'ok') setFound({ typed: text, items: answer.value.items });
      });
    return () => {
      isLate = true;
    };
  }, [channel, isCommand, text]);

  const isShown = isCommand && found?.typed === text && closed !== text;
  const items = isShown ? found.items.filter(({ value }) => value !== text) : [];
  const take = (index: number): void => {
    const item = items[index];
    if (item !== undefined) write(item.value);
  };
  return {
    listId,
    items,
    chosen,
    take,
    optionId: (index) => `${listId}-${String(index)}`,
    takesKey({ key, shiftKey }) {
      if (items.length === 0) return false;
      if (key === 'ArrowDown' || key === 'ArrowUp') {
        const step = key === 'ArrowDown' ? 1 : -1;
        setChosen((chosen + step + items.length + (chosen === -1 && step === -1 ? 1 : 0)) % items.length);
        return true;
      }
      if (key === 'Escape') {
        setClosed(text);
        return true;
      }
      if ((key === 'Tab' && !shiftKey) || (key === 'Enter' && chosen >= 0)) {
        take(Math.max(0, chosen));
        return true;
      }
      return false;
    },
  };
}

export function CompletionList(props: { readonly of: Completions }) {
  const { items, chosen, listId, optionId, take } = props.of;
  return (
    <>
      <p class="for-ears" role="status">
        {items.length === 0 ? '' : `${String(items.length)} to choose from; Tab takes the first.`}
      </p>
      {items.length === 0 ? null : (
        <ul class="completions" role="listbox" id={listId} aria-label="What could stand here">
          {items.map(({ value, label }, index) => (
            <li
              key={value}
              id={optionId(index)}
              role="option"
              aria-selected={index === chosen}
              ref={(element) => {
                if (index === chosen) element?.scrollIntoView({ block: 'nearest' });
              }}
              onMouseDown={(event) => {
                // The box keeps the focus.
                event.preventDefault();
                take(index);
              }}
            >
              <span class="completion-value">{value.trim()}</span>
              {label === value ? null : <small class="quiet">{label}</small>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** `/countersign …` typed into the console: answered for the reader alone, above the box, until it is closed. */
import { useState } from 'preact/hooks';
import { MarkdownView } from './markdown-view.tsx';
import { useSession } from './session.tsx';

export interface Commands {
  readonly answer: string | undefined;
  close(): void;
  /** False when the words are no command and are to be said. */
  answers(text: string, files: readonly unknown[]): Promise<boolean>;
}

export function useCommands(channel: string, thread?: string): Commands {
  const { client } = useSession();
  const [answer, setAnswer] = useState<string>();
  return {
    answer,
    close() {
      setAnswer(undefined);
    },
    async answers(text, files) {
      const command = commandIn(text, thread !== undefined);
      if (command === undefined) {
        setAnswer(undefined);
        return false;
      }
      const place = { channel, ...(thread !== undefined && { thread }) };
      const done = await client.post<{ readonly text: string }>('/commands', { ...place, text: command });
      const said = done.kind === 'ok' ? done.value.text : done.problem.detail;
      setAnswer(files.length === 0 ? said : `${said}\n\n${takesNoFiles}`);
      return true;
    },
  };
}

const takesNoFiles =
  'A command takes no files: what came with it was left out. Send it with a message that asks something.';

export function CommandAnswer(props: { readonly of: Commands }) {
  const { answer, close } = props.of;
  if (answer === undefined) return null;
  return (
    <div class="command-answer" role="status">
      <p class="quiet">Only you see this.</p>
      <MarkdownView text={answer} />
      <button type="button" class="button is-plain" onClick={close}>
        Close
      </button>
    </div>
  );
}

/** What stands after `/countersign`; in a thread «learn this» is a command as well. */
export function commandIn(text: string, isThread: boolean): string | undefined {
  const typed = /^\/countersign(?:\s+([\s\S]*))?$/iu.exec(text.trim());
  if (typed !== null) return (typed[1] ?? '').trim();
  return isThread && /^learn (?:this|this thread|the thread)[.!]?$/iu.test(text.trim())
    ? 'learn this'
    : undefined;
}

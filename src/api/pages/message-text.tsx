/** What was said. A very long message shows its beginning first, so that it does not bury the thread. */
import { useState } from 'preact/hooks';
import { MarkdownView } from './markdown-view.tsx';

const mostCharacters = 2400;
const mostLines = 40;

export function MessageText(props: { readonly text: string }) {
  const { text } = props;
  const [isOpen, setIsOpen] = useState(false);
  const lines = text.split('\n').length;
  if (isOpen || (text.length <= mostCharacters && lines <= mostLines)) return <MarkdownView text={text} />;
  return (
    <>
      <div class="folded-text">
        <MarkdownView text={text} />
      </div>
      <button
        type="button"
        class="more"
        onClick={() => {
          setIsOpen(true);
        }}
      >
        Show all {text.length.toLocaleString('en-GB')} characters
      </button>
    </>
  );
}

/** What came of the buttons that were pressed on this page, for as long as it stands. */
import { useState } from 'preact/hooks';

export function useJustNow(): { readonly texts: readonly string[]; say(text: string): void } {
  const [texts, setTexts] = useState<readonly string[]>([]);
  return {
    texts,
    say(text) {
      setTexts((all) => [...all, text]);
    },
  };
}

export function JustNow(props: { readonly texts: readonly string[] }) {
  if (props.texts.length === 0) return null;
  return (
    <ul class="just-now" role="status">
      {props.texts.map((text) => (
        <li>{text}</li>
      ))}
    </ul>
  );
}

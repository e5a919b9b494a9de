/** The field that finds threads. */
import { useEffect, useState } from 'preact/hooks';
import { useNavigation } from './navigation.tsx';

export function SearchForm(props: { readonly q: string; readonly label: string; readonly class?: string }) {
  const { go } = useNavigation();
  const [text, setText] = useState(props.q);
  useEffect(() => {
    setText(props.q);
  }, [props.q]);
  return (
    <form
      class={props.class ?? 'search'}
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const q = text.trim();
        go({ page: 'search', ...(q !== '' && { q }) });
      }}
    >
      <input
        type="search"
        aria-label={props.label}
        placeholder={props.label}
        maxLength={200}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
        }}
      />
      <button type="submit" class="button">
        Search
      </button>
    </form>
  );
}

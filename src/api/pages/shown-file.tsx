/** A file of an item: a picture is seen, everything is saved by a press. */
import { useEffect, useState } from 'preact/hooks';
import type { FileJson, ItemJson } from '../shapes.ts';
import { blobOf, saveBlob } from './browser.ts';
import { resources } from './resources.ts';
import { useResource, useSession } from './session.tsx';

interface Shown {
  readonly run: string;
  readonly item: string;
  readonly file: NonNullable<ItemJson['file']>;
}

export function ShownFile(props: Shown) {
  return /^image\/(?:png|jpeg|gif|webp)$/u.test(props.file.mediaType) ? (
    <Picture {...props} />
  ) : (
    <Save {...props} />
  );
}

function Picture(props: Shown) {
  const { run, item, file } = props;
  const { value, problem } = useResource(resources.file(run, item));
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    if (value === undefined) return undefined;
    const made = URL.createObjectURL(blobOf(value.base64, value.mediaType));
    setAddress(made);
    return () => {
      URL.revokeObjectURL(made);
    };
  }, [value?.base64]);
  if (address === undefined)
    return <p class="quiet">{problem === undefined ? 'The picture is loading.' : problem.detail}</p>;
  return (
    <figure class="picture">
      <img src={address} alt={file.alt ?? file.name} />
      <figcaption>
        <Save {...props} known={value} />
      </figcaption>
    </figure>
  );
}

function Save(props: Shown & { readonly known?: FileJson | undefined }) {
  const { run, item, file, known } = props;
  const { client } = useSession();
  const [problem, setProblem] = useState<string>();
  const save = async (): Promise<void> => {
    const answer =
      known === undefined
        ? await client.get<FileJson>(resources.file(run, item).path)
        : { kind: 'ok' as const, value: known };
    if (answer.kind === 'problem') {
      setProblem(answer.problem.detail);
      return;
    }
    setProblem(undefined);
    saveBlob(answer.value.name, blobOf(answer.value.base64, answer.value.mediaType));
  };
  return (
    <>
      <button type="button" class="more" onClick={() => void save()}>
        Save {file.name}
      </button>
      {problem === undefined ? null : <p class="bad-words">{problem}</p>}
    </>
  );
}

/** Short words in place of content: loading, a refusal, nothing there. */
import type { ComponentChildren } from 'preact';
import type { Loaded } from './resource-cache.ts';

/** What stands where content is not there yet; `undefined` value and no problem means it is being read. */
export function WaitNote(props: { readonly of: Loaded<unknown>; readonly what: string }) {
  const { problem } = props.of;
  if (problem !== undefined) return <ProblemNote text={problem.detail} />;
  return (
    <div class="wait" role="status">
      <span class="bone" />
      <span class="bone" />
      <span class="bone" />
      <p class="quiet">Reading {props.what}.</p>
    </div>
  );
}

export function ProblemNote(props: { readonly text: string; readonly children?: ComponentChildren }) {
  return (
    <div class="note is-problem" role="alert">
      <p>{props.text}</p>
      {props.children}
    </div>
  );
}

export function EmptyNote(props: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

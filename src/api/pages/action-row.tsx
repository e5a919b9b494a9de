/**
 * The buttons of a card or message, the question some ask first, and what came of the press.
 *
 * While a press is on its way no button can be pressed, so a second click is harmless.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ActionJson } from '../shapes.ts';
import { AskForm } from './ask-form.tsx';
import type { Problem } from './client.ts';
import { FieldsForm } from './fields-form.tsx';
import { TextWithMoments } from './moment.tsx';
import { useNavigation } from './navigation.tsx';
import { isApproving, plainLabel, pressAction } from './press.ts';
import type { Typed, VotedOn } from './press.ts';
import { useSession } from './session.tsx';
import type { Access } from './session.tsx';
import type { Resource } from './resources.ts';

type Phase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'asking'; readonly action: ActionJson }
  | { readonly kind: 'sending'; readonly action: ActionJson }
  | { readonly kind: 'said'; readonly text: string }
  | {
      readonly kind: 'refused';
      readonly problem: Problem;
      readonly action: ActionJson;
      readonly typed: Typed;
    };

export function ActionRow(props: {
  readonly actions: readonly ActionJson[];
  readonly votedOn?: VotedOn;
  /** What shows the card; read again after a press. */
  readonly shownBy: Resource<unknown>;
  /** The card says itself what came of it. */
  readonly isSettled?: boolean;
  /** Says why approving must wait for the person to read on, and shows the rest; undefined when all was shown. */
  readonly beforeApproval?: (() => string) | undefined;
  /** Hears what came of a press, for a page on which the card then disappears. */
  readonly onSaid?: ((text: string) => void) | undefined;
}) {
  const { actions, votedOn, shownBy, beforeApproval, onSaid } = props;
  const session = useSession();
  const { route, go } = useNavigation();
  const [phase, setPhase] = useState<Phase>({ kind: 'idle' });
  const opener = useRef<HTMLElement | null>(null);
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // What came of the press, or what it asks first, must not hide below the edge.
    if (phase.kind === 'said' || phase.kind === 'refused' || phase.kind === 'asking')
      row.current?.scrollIntoView({ block: 'nearest' });
  }, [phase.kind]);

  const send = async (access: Access, action: ActionJson, typed: Typed = {}): Promise<void> => {
    setPhase({ kind: 'sending', action });
    const answer = await pressAction(access.client, action, votedOn, typed);
    if (answer.kind === 'problem') {
      setPhase({ kind: 'refused', problem: answer.problem, action, typed });
      // A refusal often means that the card is out of date.
      void access.cache.load(shownBy);
      return;
    }
    const { thread, text: said } = answer.value;
    if (said !== undefined) onSaid?.(said);
    await access.cache.load(shownBy);
    setPhase(said === undefined ? { kind: 'idle' } : { kind: 'said', text: said });
    if (
      thread !== undefined &&
      !(route.page === 'thread' && route.thread === thread) &&
      votedOn === undefined
    ) {
      go({ page: 'thread', thread });
    }
  };

  const press = (action: ActionJson, button: HTMLElement): void => {
    if (beforeApproval !== undefined && isApproving(action.id)) {
      setPhase({ kind: 'said', text: beforeApproval() });
      return;
    }
    opener.current = button;
    if (action.asks === undefined) void send(session, action);
    else setPhase({ kind: 'asking', action });
  };

  const close = (): void => {
    setPhase({ kind: 'idle' });
    opener.current?.focus();
  };

  const continueAs = (person: string): void => {
    const access = session.switchTo(person);
    if (phase.kind === 'refused' && access !== undefined) void send(access, phase.action, phase.typed);
  };

  const asking = phase.kind === 'asking' ? phase.action : undefined;
  return (
    <div class="action-row" ref={row}>
      <div class={`buttons${actions.length === 0 ? ' is-gone' : ''}`}>
        {actions.map((action) => (
          <button
            type="button"
            class={`button is-${action.style}`}
            disabled={phase.kind === 'sending'}
            aria-expanded={action.asks === undefined ? undefined : asking?.id === action.id}
            onClick={(event) => {
              press(action, event.currentTarget);
            }}
          >
            {action.label}
          </button>
        ))}
        <span class="sending quiet" role="status">
          {phase.kind === 'sending' ? `Sending «${plainLabel(phase.action.label)}»` : ''}
        </span>
      </div>
      {asking?.asks?.kind === 'form' ? (
        <FieldsForm
          key={asking.id}
          action={asking.id}
          onCancel={close}
          onAnswer={(fields) => void send(session, asking, { fields })}
        />
      ) : null}
      {asking?.asks === undefined || asking.asks.kind === 'form' ? null : (
        <AskForm
          key={asking.id}
          asks={asking.asks}
          label={asking.label}
          isDanger={asking.style === 'danger'}
          onCancel={close}
          onAnswer={(text) => void send(session, asking, text === undefined ? {} : { text })}
        />
      )}
      <div role="status">
        {phase.kind === 'said' && props.isSettled !== true ? (
          <p class="said">
            <TextWithMoments text={phase.text} />
          </p>
        ) : null}
        {phase.kind === 'refused' ? (
          <div class="note is-problem">
            <p>{phase.problem.detail}</p>
            <div class="buttons">
              {phase.problem.continueAs?.map(({ id, name }) => (
                <button
                  type="button"
                  class="button is-plain"
                  onClick={() => {
                    continueAs(id);
                  }}
                >
                  Continue as {name}
                </button>
              ))}
            </div>
          </div>
        ) : null}
      </div>
    </div>
  );
}

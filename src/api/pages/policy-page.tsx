/** The rules in force, in the order of the file. */
import type { PolicyJson } from '../look/look-shapes.ts';
import { useScrollPlace, useTitle } from './navigation.tsx';
import { WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { useResource } from './session.tsx';
import { verdictWords } from './tool-words.ts';

type Line = PolicyJson['lines'][number];

export function PolicyPage() {
  const loaded = useResource(resources.policy());
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  useTitle('Policy');
  const { value } = loaded;
  return (
    <section class="page is-wide">
      <div class="page-head">
        <h1 tabIndex={-1}>Policy</h1>
      </div>
      <div class="page-body" ref={box}>
        {value === undefined ? (
          <WaitNote of={loaded} what="the rules" />
        ) : (
          <>
            <p class="lead">Of all lines that fit a call, the strictest wins.</p>
            <p class="quiet">
              In force: <code>{value.file}</code>, digest <code>{value.digest.slice(0, 12)}</code>. Ask why
              with <code>countersign policy explain</code>.
            </p>
            <Lines title="Tools" lines={value.lines.filter(({ kind }) => kind !== 'rule')} />
            <Lines title="Rules" lines={value.lines.filter(({ kind }) => kind === 'rule')} />
          </>
        )}
      </div>
    </section>
  );
}

function Lines(props: { readonly title: string; readonly lines: readonly Line[] }) {
  if (props.lines.length === 0) return null;
  return (
    <section class="overview-part">
      <h2>{props.title}</h2>
      <table class="list">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">When called</th>
            <th scope="col">Who decides</th>
            <th scope="col">In the file</th>
          </tr>
        </thead>
        <tbody>
          {props.lines.map((line) => (
            <tr key={`${line.kind}/${line.id}`}>
              <td class="is-main">
                <strong>{line.kind === 'default' ? 'every other tool' : line.id}</strong>
                <small class="quiet">
                  {line.kind === 'rule' ? `for ${line.tool}` : (line.effect ?? '')}
                  {line.when === undefined ? null : (
                    <>
                      , when <code>{line.when}</code>
                    </>
                  )}
                </small>
              </td>
              <td>{line.verdict === undefined ? 'as the other lines say' : verdictWords(line.verdict)}</td>
              <td>
                {line.asks.length === 0 ? '—' : line.asks.map((ask, index) => <Ask key={index} ask={ask} />)}
              </td>
              <td>line {line.line}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Ask(props: { readonly ask: Line['asks'][number] }) {
  const { approvers, quorum, persons, stage } = props.ask;
  return (
    <span class="ask-line">
      {stage === undefined ? '' : `${String(stage)}. `}
      {quorum > 1 ? `${String(quorum)} of ` : ''}
      {approvers.length === 0 ? 'nobody' : approvers.join(' or ')}
      {persons < quorum ? (
        <small class="bad-words">
          {persons === 0 ? 'Nobody by name can.' : `Only ${String(persons)} by name can.`}
        </small>
      ) : null}
    </span>
  );
}

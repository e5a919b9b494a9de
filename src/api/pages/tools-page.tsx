/** Tool servers and their tools: what each may do and who decides. */
import type { ToolsJson } from '../shapes.ts';
import { Link, useScrollPlace, useTitle } from './navigation.tsx';
import { EmptyNote, WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { useResource, useSession } from './session.tsx';
import { effectWords, verdictWords } from './tool-words.ts';

type Tool = ToolsJson['items'][number];
type Server = ToolsJson['servers'][number];

export function ToolsPage() {
  const loaded = useResource(resources.tools());
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  useTitle('Tools');
  return (
    <section class="page is-wide">
      <div class="page-head">
        <h1 tabIndex={-1}>Tools</h1>
      </div>
      <div class="page-body" ref={box}>
        {loaded.value === undefined ? <WaitNote of={loaded} what="the tools" /> : null}
        {loaded.value?.servers.length === 0 ? (
          <EmptyNote title="No tool server is connected.">
            <p>
              Name one in <code>mcp.json</code> and start again. Each of its tools asks a person until{' '}
              <code>policy.yaml</code> says otherwise.
            </p>
          </EmptyNote>
        ) : null}
        {loaded.value?.servers.map((server) => (
          <ServerView
            key={server.name}
            server={server}
            tools={loaded.value?.items.filter((tool) => tool.server === server.name) ?? []}
          />
        ))}
      </div>
    </section>
  );
}

const serverWords = {
  idle: 'starts when it is needed',
  starting: 'is starting',
  ready: 'is ready',
  unreachable: 'does not answer',
} as const;

function ServerView(props: { readonly server: Server; readonly tools: readonly Tool[] }) {
  const { server, tools } = props;
  const isOperator = useSession().me.roles.includes('operator');
  const isWell = server.state !== 'unreachable';
  return (
    <section class="server" aria-labelledby={`server-${server.name}`}>
      <h2 id={`server-${server.name}`}>{server.name}</h2>
      <p class={isWell ? 'quiet' : 'bad-words'}>
        It {serverWords[server.state]}. {server.tools === 1 ? '1 tool' : `${String(server.tools)} tools`}.
        {server.detail === undefined ? '' : ` ${server.detail}`}
      </p>
      {server.isReviewed ? null : (
        <p class="note">
          Connected but not reviewed: every call asks until an operator runs{' '}
          <code>countersign tools review {server.name}</code>.
          {isOperator ? <ReviewLink server={server.name} words="Review it" /> : null}
        </p>
      )}
      {!server.isReviewed || server.newTools === 0 ? null : (
        <p class="note">
          {server.newTools === 1 ? '1 tool came' : `${String(server.newTools)} tools came`} after it was
          reviewed: each call asks until an operator accepts what is new.
          {isOperator ? <ReviewLink server={server.name} words="Review it" /> : null}
        </p>
      )}
      {server.drifted === 0 ? null : (
        <p class="note">
          {server.drifted === 1 ? '1 tool is' : `${String(server.drifted)} tools are`} not what was accepted,
          and set aside until an operator looks.
          {isOperator ? <ReviewLink server={server.name} words="Show difference" /> : null}
        </p>
      )}
      {tools.length === 0 ? null : (
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Tool</th>
              <th scope="col">Effect</th>
              <th scope="col">When called</th>
              <th scope="col">Who decides</th>
            </tr>
          </thead>
          <tbody>
            {tools.map((tool) => (
              <tr key={tool.name}>
                <td class="is-main">
                  <strong>{tool.name}</strong>
                  <small class="quiet">{tool.description}</small>
                  {tool.state === 'drifted' ? (
                    <small class="bad-words">Changed since it was accepted.</small>
                  ) : null}
                  {tool.isNew && server.isReviewed ? (
                    <small class="bad-words">New: nobody has accepted it yet.</small>
                  ) : null}
                </td>
                <td>
                  <span title={effectWords(tool.effect)}>{tool.effect}</span>
                </td>
                <td>{verdictWords(tool.verdict)}</td>
                <td>{tool.approvers.length === 0 ? '—' : tool.approvers.join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function ReviewLink(props: { readonly server: string; readonly words: string }) {
  return (
    <>
      {' '}
      <Link to={{ page: 'tool-server', server: props.server }} label={`${props.words}: ${props.server}`}>
        {props.words}
      </Link>
    </>
  );
}

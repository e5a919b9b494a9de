/** Who is who, where the bot knows them, and who decides what. */
import type { PeopleJson } from '../look/look-shapes.ts';
import { useScrollPlace, useTitle } from './navigation.tsx';
import { EmptyNote, WaitNote } from './notes.tsx';
import { OwnDigest } from './own-digest.tsx';
import { OwnNotices } from './own-notices.tsx';
import { resources } from './resources.ts';
import { useNames, useResource } from './session.tsx';

const surfaceWords = { console: 'console', slack: 'Slack', discord: 'Discord' } as const;

export function PeoplePage() {
  const loaded = useResource(resources.people());
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  useTitle('People');
  const { value } = loaded;
  return (
    <section class="page is-wide">
      <div class="page-head">
        <h1 tabIndex={-1}>People</h1>
      </div>
      <div class="page-body" ref={box}>
        {value === undefined ? (
          <WaitNote of={loaded} what="who is who" />
        ) : (
          <>
            {value.unheld.length === 0 ? null : (
              <p class="note">
                Policy asks {value.unheld.join(', ')}, and that is nobody: what it asks for cannot be
                approved. Give somebody the role with <code>/countersign people add</code> or in{' '}
                <code>people.yaml</code>.
              </p>
            )}
            <Persons people={value} />
            <Roles people={value} />
            <OwnDigest />
            <OwnNotices />
            <p class="quiet overview-part">
              {value.isDemonstration ? (
                <>
                  These are the demonstration's persons. <code>countersign init</code> asks for yours.
                </>
              ) : (
                <>
                  Operators change this with <code>/countersign people</code> in chat,{' '}
                  <code>countersign people</code> or in <code>people.yaml</code>.
                </>
              )}
            </p>
          </>
        )}
      </div>
    </section>
  );
}

function Persons(props: { readonly people: PeopleJson }) {
  const { persons } = props.people;
  if (persons.length === 0)
    return (
      <EmptyNote title="Nobody is known yet.">
        <p>
          <code>countersign people code</code> gives a code that makes the first operator.
        </p>
      </EmptyNote>
    );
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Person</th>
          <th scope="col">Roles</th>
          <th scope="col">Reached on</th>
          <th scope="col">Decides</th>
        </tr>
      </thead>
      <tbody>
        {persons.map(({ id, name, roles, reachedOn, decides }) => (
          <tr key={id}>
            <td class="is-main">
              <strong>{name}</strong>
              <small class="quiet">{id}</small>
            </td>
            <td>{roles.length === 0 ? 'no role' : roles.join(', ')}</td>
            <td>
              {reachedOn.length === 0
                ? 'nowhere yet'
                : reachedOn.map((surface) => surfaceWords[surface]).join(', ')}
            </td>
            <td>{decides === 0 ? 'nothing' : decides === 1 ? '1 rule' : `${String(decides)} rules`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Roles(props: { readonly people: PeopleJson }) {
  const nameOf = useNames();
  const { roles } = props.people;
  if (roles.length === 0) return null;
  return (
    <section class="overview-part">
      <h2>Roles</h2>
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Role</th>
            <th scope="col">Who</th>
          </tr>
        </thead>
        <tbody>
          {roles.map(({ name, persons, hasGroups, askedBy }) => (
            <tr key={name}>
              <td class="is-main">
                <strong>{name}</strong>
                <small class="quiet">
                  {askedBy.length === 0 ? 'no rule asks it' : `asked by ${askedBy.join(', ')}`}
                </small>
              </td>
              <td>
                {persons.length === 0 ? 'nobody by name' : persons.map(nameOf).join(', ')}
                {hasGroups ? ', and groups of the chats' : ''}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

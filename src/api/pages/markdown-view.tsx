/** Shows safe Markdown. No HTML is ever set as a string. */
import { useMemo } from 'preact/hooks';
import { parseSafeMarkdown } from './safe-markdown.ts';
import type { SafeNode } from './safe-markdown.ts';
import { withVisibleOrder } from './visible-order.ts';

export function MarkdownView(props: { readonly text: string }) {
  const nodes = useMemo(() => parseSafeMarkdown(withVisibleOrder(props.text)), [props.text]);
  return (
    <div class="prose" dir="auto">
      <Parts nodes={nodes} />
    </div>
  );
}

function Parts(props: { readonly nodes: readonly SafeNode[] }) {
  return (
    <>
      {props.nodes.map((node) => (
        <Part node={node} />
      ))}
    </>
  );
}

function Part({ node }: { readonly node: SafeNode }) {
  switch (node.kind) {
    case 'text':
      return <>{node.text}</>;
    case 'code':
      return <code>{node.text}</code>;
    case 'code-block':
      return (
        <pre tabIndex={0}>
          <code>{node.text}</code>
        </pre>
      );
    case 'break':
      return <br />;
    case 'rule':
      return <hr />;
    case 'table':
      return (
        <div class="table-frame" tabIndex={0} role="group" aria-label="Table">
          <table>
            <tbody>
              <Parts nodes={node.children} />
            </tbody>
          </table>
        </div>
      );
    case 'cell':
      return node.isHead ? (
        <th scope="col" class={`to-${node.align}`}>
          <Parts nodes={node.children} />
        </th>
      ) : (
        <td class={`to-${node.align}`}>
          <Parts nodes={node.children} />
        </td>
      );
    case 'link':
      return (
        <>
          <a href={node.href} target="_blank" rel="noopener noreferrer nofollow">
            <Parts nodes={node.children} />
          </a>
          {node.host === undefined ? null : <small class="quiet"> ({node.host})</small>}
        </>
      );
    case 'numbers':
      return (
        <ol start={node.start}>
          <Parts nodes={node.children} />
        </ol>
      );
    case 'paragraph': {
      const isSmallPrint = node.children.length === 1 && node.children[0]?.kind === 'emphasis';
      return (
        <p class={isSmallPrint ? 'small-print' : undefined}>
          <Parts nodes={node.children} />
        </p>
      );
    }
    case 'heading':
    case 'quote':
    case 'bullets':
    case 'entry':
    case 'emphasis':
    case 'strong':
    case 'struck':
    case 'row': {
      const Tag = tags[node.kind];
      return (
        <Tag>
          <Parts nodes={node.children} />
        </Tag>
      );
    }
    default:
      return node satisfies never;
  }
}

// A message's headings stand below the page's own, whatever level they were written at.
const tags = {
  heading: 'h3',
  quote: 'blockquote',
  bullets: 'ul',
  entry: 'li',
  emphasis: 'em',
  strong: 'strong',
  struck: 's',
  row: 'tr',
} as const;

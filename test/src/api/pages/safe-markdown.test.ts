import { describe, expect, it } from '@jest/globals';
import { parseSafeMarkdown, safeHref } from '../../../../src/api/pages/safe-markdown.ts';
import type { SafeNode } from '../../../../src/api/pages/safe-markdown.ts';

function wordsOf(nodes: readonly SafeNode[]): string {
  return nodes
    .map((node) => ('text' in node ? node.text : 'children' in node ? wordsOf(node.children) : ''))
    .join('');
}

function linksIn(nodes: readonly SafeNode[]): readonly string[] {
  return nodes.flatMap((node) => [
    ...(node.kind === 'link' ? [node.href] : []),
    ...('children' in node ? linksIn(node.children) : []),
  ]);
}

function kindsIn(nodes: readonly SafeNode[]): readonly string[] {
  return nodes.flatMap((node) => [node.kind, ...('children' in node ? kindsIn(node.children) : [])]);
}

describe('given a message with raw HTML', () => {
  it('when it is shown, then the HTML is literal text', () => {
    const nodes = parseSafeMarkdown('<script>steal()</script>\n\nHi <img src=x onerror=steal()> there');

    expect(new Set(kindsIn(nodes))).toEqual(new Set(['paragraph', 'text']));
    expect(wordsOf(nodes)).toContain('<script>steal()</script>');
    expect(wordsOf(nodes)).toContain('<img src=x onerror=steal()>');
  });
});

describe('given a link', () => {
  it.each([
    'javascript:steal()',
    'JaVaScRiPt:steal()',
    'java\nscript:steal()',
    'data:text/html,<b>x</b>',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://a.example/1',
    '//evil.example',
    '/runs',
    'https://bank.example@evil.example/',
    'https://user:secret@evil.example/',
  ])('when it leads to %j, then nobody can follow it', (address) => {
    expect(safeHref(address)).toBeUndefined();
    expect(linksIn(parseSafeMarkdown(`[press](<${address.replaceAll('\n', '')}>)`))).toEqual([]);
  });

  it('when it leads to http, https or mailto, then it can be followed', () => {
    const nodes = parseSafeMarkdown(
      '[a](https://docs.example/x) [b](http://docs.example/) <mail@docs.example>',
    );

    expect(linksIn(nodes)).toEqual([
      'https://docs.example/x',
      'http://docs.example/',
      'mailto:mail@docs.example',
    ]);
  });

  it('when its words name another place, then the real host stands beside it', () => {
    const [paragraph] = parseSafeMarkdown('[https://bank.example](https://evil.example/login)');

    expect(paragraph).toMatchObject({ children: [{ kind: 'link', host: 'evil.example' }] });
  });

  it('when its words are its address, then no host is added', () => {
    const [paragraph] = parseSafeMarkdown('https://docs.example/refunds');

    expect(paragraph).toMatchObject({ children: [{ kind: 'link', href: 'https://docs.example/refunds' }] });
    expect(paragraph).not.toHaveProperty('children.0.host');
  });

  it('when it is by reference to a forbidden address, then it is not a link', () => {
    const nodes = parseSafeMarkdown('[press][1]\n\n[1]: javascript:steal()');

    expect(linksIn(nodes)).toEqual([]);
    expect(wordsOf(nodes)).toContain('press');
  });
});

describe('given an image', () => {
  it('when it is shown, then only its description and a link appear', () => {
    const nodes = parseSafeMarkdown('![chart](https://evil.example/pixel.png)');

    expect(kindsIn(nodes)).toEqual(['paragraph', 'link', 'text']);
    expect(wordsOf(nodes)).toBe('Image: chart');
  });
});

describe('given what people and agents write', () => {
  it('when it has a table, then head, cells and alignment are kept', () => {
    const [table] = parseSafeMarkdown('| a | b |\n|:--|--:|\n| 1 | 2 |');

    expect(table).toMatchObject({
      kind: 'table',
      children: [
        {
          kind: 'row',
          children: [
            { isHead: true, align: 'left' },
            { isHead: true, align: 'right' },
          ],
        },
        {
          kind: 'row',
          children: [
            { isHead: false, align: 'left' },
            { isHead: false, align: 'right' },
          ],
        },
      ],
    });
  });

  it('when it has tasks, then their state is said in words on their line', () => {
    const nodes = parseSafeMarkdown('- [x] photo\n- [ ] refund');

    expect(wordsOf(nodes)).toBe('☑ done: photo☐ open: refund');
  });

  it('when it is nested deeper than anybody reads, then it ends in an ellipsis instead of an overflow', () => {
    const nodes = parseSafeMarkdown(`${'> '.repeat(200)}bottom`);

    expect(wordsOf(nodes)).toBe('…');
  });
});

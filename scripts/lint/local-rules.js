/** Lint rules of this project that no plugin has. */

/** The line on which the statement (or class member) around a node begins. */
function firstLineOfStatement(node) {
  let current = node;
  while (current.parent && !/Statement$|Declaration$|Definition$/u.test(current.type))
    current = current.parent;
  return current.loc.start.line;
}

const reach = 2;

/**
 * A type assertion claims what the compiler cannot check, so a comment says what makes it true: on one of its
 * lines, or at most two lines above it or above the statement it belongs to.
 */
const explainAssertion = {
  meta: {
    type: 'suggestion',
    docs: { description: 'require a comment that says what makes a type assertion true' },
    messages: { missing: 'Say in a comment on this line or just above what makes this assertion true.' },
    schema: [],
  },
  create(context) {
    const { sourceCode } = context;
    const commentLines = new Set();
    for (const comment of sourceCode.getAllComments()) {
      if (/^\s*eslint-|^\s*@ts-/u.test(comment.value)) continue;
      for (let line = comment.loc.start.line; line <= comment.loc.end.line; line++) commentLines.add(line);
    }
    const hasCommentBetween = (first, last) => {
      for (let line = first; line <= last; line++) if (commentLines.has(line)) return true;
      return false;
    };
    function check(node) {
      const { typeAnnotation } = node;
      const isConst =
        typeAnnotation.type === 'TSTypeReference' &&
        typeAnnotation.typeName.type === 'Identifier' &&
        typeAnnotation.typeName.name === 'const';
      if (isConst) return;
      const statement = firstLineOfStatement(node);
      if (hasCommentBetween(node.loc.start.line - reach, node.loc.end.line)) return;
      if (hasCommentBetween(statement - reach, statement)) return;
      context.report({ node, messageId: 'missing' });
    }
    return { TSAsExpression: check, TSTypeAssertion: check };
  },
};

/** Switching a rule off needs its reason in the same comment, after two dashes. */
const explainDisable = {
  meta: {
    type: 'suggestion',
    docs: { description: 'require a reason in every eslint-disable comment' },
    messages: { missing: 'Add the reason: `-- why this rule does not hold here`.' },
    schema: [],
  },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          if (!/^\s*eslint-disable/u.test(comment.value) || /\s--\s+\S/u.test(comment.value)) continue;
          context.report({ loc: comment.loc, messageId: 'missing' });
        }
      },
    };
  },
};

export const localRules = {
  rules: { 'explain-assertion': explainAssertion, 'explain-disable': explainDisable },
};

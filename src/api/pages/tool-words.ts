/** What a verdict and an effect class mean, in words. */

export function verdictWords(verdict: string): string {
  switch (verdict) {
    case 'allow':
      return 'runs at once';
    case 'ask':
      return 'asks a person';
    case 'ask_two':
      return 'asks two people';
    case 'deny':
      return 'never runs';
    default:
      return verdict;
  }
}

export function effectWords(effect: string): string {
  switch (effect) {
    case 'read':
      return 'Reads only: may be repeated.';
    case 'keyed':
      return 'Carries a key: repeating it has no second effect.';
    case 'probeable':
      return 'After a lost answer the tool can be asked what happened.';
    case 'opaque':
      return 'After a lost answer nobody can know: a person decides, never a machine.';
    default:
      return effect;
  }
}

/** Where cards and adapters find it; the rules themselves stand in `core`, because the gate's titles need them too. */
export { findSuspicious, makeVisible } from '../core/visible-text.ts';

/** Starts the console in the browser. */
import { render } from 'preact';
import { App } from './app.tsx';

const root = document.getElementById('app');
if (root !== null) {
  // What the page says before this program runs.
  root.replaceChildren();
  render(<App />, root);
}

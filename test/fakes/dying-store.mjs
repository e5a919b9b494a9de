// Preloaded into a bot: told by SIGUSR2, it kills itself at the nth write to its store from then on, either before that
// write is made or once it is durable and nobody has been told. DIE_FILE says which: {"nth": 3, "when": "after"}.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Database from 'libsql';

const require = createRequire(import.meta.url);
const writes = ['insert', 'update', 'delete', 'findAndModify'];
let left = 0;
let when = 'before';

process.on('SIGUSR2', () => {
  ({ nth: left, when } = JSON.parse(readFileSync(process.env.DIE_FILE, 'utf8')));
});

const die = () => process.kill(process.pid, 'SIGKILL');
/** Whether the write that is to be made is the last one. */
function isLast() {
  if (left === 0) return false;
  left -= 1;
  return left === 0;
}

const { prepare } = Database.prototype;
Database.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  if (sql !== 'COMMIT') return statement;
  const run = statement.run.bind(statement);
  statement.run = (...values) => {
    const dies = isLast();
    if (dies && when === 'before') die();
    const done = run(...values);
    if (dies) die();
    return done;
  };
  return statement;
};

if (process.env.MONGODB_URI !== undefined) {
  const fromMongoose = createRequire(require.resolve('mongoose'));
  const { Connection } = fromMongoose('mongodb/lib/cmap/connection.js');
  const { command } = Connection.prototype;
  Connection.prototype.command = async function (namespace, body, ...more) {
    const dies = writes.some((name) => name in body) && isLast();
    if (dies && when === 'before') die();
    const done = await command.call(this, namespace, body, ...more);
    if (dies) die();
    return done;
  };
}

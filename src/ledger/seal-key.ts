/**
 * The key with which this process signs seals: Ed25519, in a file of its own that only its owner may read.
 *
 * It is made once. To change it, move the file away and start again: the new public key is registered beside the
 * old ones. Processes that start together on one folder end up with one and the same file.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError, describeError } from '../core/errors.ts';
import { newNonce } from '../core/ids.ts';
import type { RegisteredKey } from './seal.ts';

export interface SealKey extends RegisteredKey {
  /** Base64. */
  sign(statement: string): string;
}

/** Reads the key, or makes it. Throws `config.invalid` for a file that is no such key or that others may read. */
export function openSealKey(file: string): SealKey {
  const existing = readIfThere(file) ?? makeKey(file);
  let secret: KeyObject;
  try {
    secret = createPrivateKey(existing);
  } catch {
    // The cause could quote the file's content.
    throw new AppError(
      'config.invalid',
      `SEAL_KEY_FILE: ${file} holds no private key. Fix: move it away; a new one is made.`,
    );
  }
  if (secret.asymmetricKeyType !== 'ed25519')
    throw new AppError(
      'config.invalid',
      `SEAL_KEY_FILE: ${file} is no Ed25519 key. Fix: move it away; a new one is made.`,
    );
  const der = createPublicKey(secret).export({ format: 'der', type: 'spki' });
  return {
    key: fingerprintOf(der),
    publicKey: der.toString('base64'),
    sign: (statement) => sign(null, Buffer.from(statement, 'utf8'), secret).toString('base64'),
  };
}

/** True when the statement was signed by the private half of this public key. */
export function isSignedBy(publicKey: string, statement: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    return (
      key.asymmetricKeyType === 'ed25519' &&
      verify(null, Buffer.from(statement, 'utf8'), key, Buffer.from(signature, 'base64'))
    );
  } catch {
    // What is no key vouches for nothing.
    return false;
  }
}

export function fingerprintOf(publicKeyDer: Buffer): string {
  return createHash('sha256').update(publicKeyDer).digest('hex');
}

function readIfThere(file: string): string | undefined {
  try {
    const { mode } = statSync(file);
    if ((mode & 0o077) !== 0)
      throw new AppError('config.invalid', `SEAL_KEY_FILE: others may read ${file}. Fix: chmod 600 ${file}`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    if (isCode(cause, 'ENOENT')) return undefined;
    throw new AppError('config.invalid', `SEAL_KEY_FILE: ${file} cannot be read: ${describeError(cause)}.`, {
      cause,
    });
  }
}

/** Written aside and linked into place: whoever finds the file finds all of it, and an existing one stays. */
function makeKey(file: string): string {
  const aside = `${file}.${newNonce()}`;
  const { privateKey } = generateKeyPairSync('ed25519');
  const text = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(aside, text, { mode: 0o600, flag: 'wx', flush: true });
    chmodSync(aside, 0o600);
    try {
      linkSync(aside, file);
      return text;
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
      return readFileSync(file, 'utf8');
    } finally {
      unlinkSync(aside);
    }
  } catch (cause) {
    throw new AppError(
      'config.invalid',
      `SEAL_KEY_FILE: ${file} cannot be made: ${describeError(cause)}. Fix: name a file that this user may write.`,
      { cause },
    );
  }
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

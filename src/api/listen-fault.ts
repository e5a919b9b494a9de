/** Why the server cannot listen, in one line that names the setting and the fix. */
import { AppError } from '../core/errors.ts';

export function listenFault(error: unknown, host: string, port: number): AppError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  const options = { cause: error };
  switch (code) {
    case 'EADDRINUSE':
      return new AppError(
        'config.invalid',
        `PORT ${String(port)} on HOST ${host} is used by another program. Stop that one, or set PORT to a free port.`,
        options,
      );
    case 'EACCES':
      return new AppError(
        'config.invalid',
        `PORT ${String(port)} may not be opened by this user. Set PORT to a number above 1023.`,
        options,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
    case 'EAFNOSUPPORT':
      return new AppError(
        'config.invalid',
        `HOST ${host} is not an address of this machine. Set HOST to 127.0.0.1 (this machine only) or 0.0.0.0 (all).`,
        options,
      );
    case 'ERR_SOCKET_BAD_PORT':
      return new AppError(
        'config.invalid',
        `PORT ${String(port)} is not a port. Set PORT to a number from 0 to 65535.`,
        options,
      );
    default:
      return new AppError(
        'config.invalid',
        `Cannot listen on HOST ${host}, PORT ${String(port)}. Check HOST and PORT.`,
        options,
      );
  }
}

/** A refusal of the platform: HTTP status, its own code and, for a body, what is wrong with which field. */
export class ApiFault extends Error {
  readonly status: number;
  readonly code: number;

  readonly errors: object | undefined;

  constructor(status: number, code: number, message: string, errors?: object) {
    super(message);
    this.name = 'ApiFault';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

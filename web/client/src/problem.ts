import type { components } from "./schema";

export type Problem = components["schemas"]["Problem"];

/** A failed call: the server's problem (RFC 9457), or none when the server could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  /** One of the server's stable codes, or `offline`, or `unreadable`. */
  readonly code: string;
  readonly problem: Problem | null;

  constructor(code: string, status: number, message: string, problem: Problem | null = null) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.problem = problem;
  }

  static offline(cause: unknown): ApiError {
    const error = new ApiError("offline", 0, "the server cannot be reached");
    error.cause = cause;
    return error;
  }

  static fromBody(status: number, body: unknown): ApiError {
    if (isProblem(body)) return new ApiError(body.code, status, body.detail ?? body.title, body);
    return new ApiError("unreadable", status, `the server answered with status ${status}`);
  }

  static async fromResponse(response: Response): Promise<ApiError> {
    const body: unknown = await response.json().catch(() => null);
    return ApiError.fromBody(response.status, body);
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && "title" in body;
}

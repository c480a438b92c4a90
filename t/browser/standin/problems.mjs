// problems.mjs: refusals as hob-admin words them: problem documents.
const PROBLEMS = {
	not_signed_in: [401, 'Sign in', 'Your session has ended.'],
	wrong_login: [401, 'Wrong', 'The mail address, the password or the code is wrong.'],
	wrong_password: [403, 'Wrong', 'The password is wrong.'],
	forbidden: [403, 'Not for you', 'Your role does not allow this.'],
	password_needed: [403, 'Password needed', 'Say your password again.'],
	not_found: [404, 'Nothing here', 'There is nothing here for you.'],
	stale: [412, 'Changed since', 'Somebody has changed it since you read it.'],
	validation_error: [422, 'The request is not valid', 'Something in it is wrong.'],
	reason_needed: [422, 'Reason needed', 'Say why you do this.'],
	too_many_requests: [429, 'Too often', 'Too many tries.'],
	try_later: [503, 'Try again in a moment', 'Part of the service is away.'],
};

const GERMAN = { wrong_login: 'Die E-Mail-Adresse, das Passwort oder der Code stimmt nicht.' };

export class Refusal extends Error {
	constructor(code, more = {}, headers = {}) {
		super(code);
		Object.assign(this, { code, more, headers });
	}

	document(language) {
		const [status, title, detail] = PROBLEMS[this.code];

		return {
			type: `/api/docs/errors#${this.code}`,
			title,
			status,
			detail: (language === 'de' && GERMAN[this.code]) || detail,
			code: this.code,
			...this.more,
		};
	}
}

export const invalid = (...errors) =>
	new Refusal('validation_error', { errors: errors.map(([field, code, detail]) => ({ field, code, detail })) });

// ask.js: questions to the person that a request waits for: a reason, the password, a choice between two versions.
// questions.jsx shows them, the oldest first. A question that is open already is not asked twice.
const listeners = new Set();
let open = [];

function change(next) {
	open = next;
	listeners.forEach((listener) => listener());
}

/** Resolves to what was answered, or to null when the person would not. */
export function ask(kind, about = {}, key = kind) {
	const found = open.find((question) => question.key === key);

	if (found)
		return found.promise;
	const question = { kind, about, key };

	question.promise = new Promise((resolve) => {
		question.answer = (value) => {
			change(open.filter((other) => other !== question));
			resolve(value);
		};
	});
	change([...open, question]);
	return question.promise;
}

/** Nobody answers any more: the session has ended. */
export const dismiss = () => open.forEach((question) => question.answer(null));

export const asked = () => open[0];

export function subscribe(listener) {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

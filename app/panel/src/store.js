// store.js: react-admin's store. All of it is in memory, for filters and pages tell of people; how the panel looks is
// kept in localStorage as well, and outlives the session.
import { memoryStore } from 'react-admin';

const KEY = 'hob-admin-look';
const LOOK = [
	/^theme$/,
	/^locale$/,
	/^sidebar\.open$/,
	/\.datatable(_availableColumns|_columnRanks)?$/,
	/\.perPage$/,
];
const isLook = (name) => LOOK.some((pattern) => pattern.test(name));

function kept() {
	try {
		const entries = Object.entries(JSON.parse(localStorage.getItem(KEY)) ?? {});

		return Object.fromEntries(entries.filter(([name]) => isLook(name)));
	} catch {
		return {}; // another's, or none is allowed
	}
}

function keep(look) {
	try {
		localStorage.setItem(KEY, JSON.stringify(look));
	} catch {
		// It is only how things look.
	}
}

export function lookStore() {
	const look = kept();
	const store = memoryStore(look);

	const setItem = (name, value) => {
		store.setItem(name, value);
		if (isLook(name)) {
			look[name] = value;
			keep(look);
		}
	};
	const reset = () => {
		store.reset();
		Object.entries(look).forEach(([name, value]) => store.setItem(name, value));
	};

	return { ...store, setItem, reset };
}

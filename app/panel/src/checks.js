// checks.js: what a form says of a value before the server has to: that it is missing, too long, too much.
import { maxLength, maxValue, minLength, minValue, required } from 'react-admin';

import { isText } from './schema.js';

/** The server counts characters, of which 😀 is one. */
const counted = (check) => (text) => check([...(text ?? '')]);

function bounds(column) {
	const { min, max } = column;

	if (max === undefined)
		return [];
	return isText(column)
		? [counted(minLength(min)), counted(maxLength(max))]
		: [minValue(min), maxValue(max)];
}

export const checksOf = (column, needed) => [...(needed ? [required()] : []), ...bounds(column)];

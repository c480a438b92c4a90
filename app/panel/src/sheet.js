// sheet.js: where Emotion puts its rules. Its own way, a <style> element, is inline style, which the policy of the page
// forbids; a constructed style sheet is none. So `default-src 'self'` needs no exception.
import createCache from '@emotion/cache';

class Sheet {
	tags = []; // Emotion looks here whether there is anything to flush

	constructor({ key }) {
		this.key = key;
		this.rules = new CSSStyleSheet();
		// Global rules are made after the first sheet and stand before it.
		document.adoptedStyleSheets = [this.rules, ...document.adoptedStyleSheets];
	}

	insert(rule) {
		this.tags = [{ nextElementSibling: null }];
		try {
			this.rules.insertRule(rule, this.rules.cssRules.length);
		} catch {
			// A selector of another browser: it would be ignored in a file, too.
		}
	}

	flush() {
		this.tags = [];
		this.rules.replaceSync('');
	}
}

export const cache = createCache({ key: 'hob' });

cache.sheet = new Sheet({ key: 'hob' });

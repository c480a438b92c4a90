// theme.js: colours and sizes, light and dark. Texts have a contrast of at least 4.5 to their ground.
import { defaultDarkTheme, defaultLightTheme } from 'react-admin';

const typography = { fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif' };

/** react-admin names the boxes of rows where no screen reader finds it: the name belongs to the input. */
const named = {
	root: { 'aria-label': undefined },
	input: (props) => (props['aria-label'] ? { 'aria-label': props['aria-label'] } : {}),
};

/** A table that is wider than the window scrolls by itself, and not the page with it. */
const narrow = { root: { minWidth: 0, '& .RaLayout-content, & .RaList-main, & .RaShow-card': { minWidth: 0 } } };
const scrolling = { root: { '& .RaDataTable-tableWrapper': { overflowX: 'auto' } } };

const themeOf = (base, palette) => ({
	...base,
	typography,
	palette: { ...base.palette, ...palette },
	components: {
		...base.components,
		MuiCheckbox: { defaultProps: { slotProps: named } },
		MuiLink: { defaultProps: { underline: 'always' } },
		RaLayout: { styleOverrides: narrow },
		RaList: { styleOverrides: scrolling },
		MuiTableCell: { styleOverrides: { head: { whiteSpace: 'nowrap' } } },
	},
});

export const light = themeOf(defaultLightTheme, {
	primary: { main: '#2f4a9c' },
	secondary: { main: '#2f4a9c', contrastText: '#fff' },
	error: { main: '#b3261e' },
	background: { default: '#f6f7fb', paper: '#fff' },
});

export const dark = themeOf(defaultDarkTheme, {
	primary: { main: '#a9bcff' },
	secondary: { main: '#2b335a', contrastText: '#fff' },
	error: { main: '#ffb4ab' },
	background: { default: '#14161f', paper: '#1d2030' },
});

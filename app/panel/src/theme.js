// theme.js: colours and sizes, light and dark. Each text has at least 4.5 times the light of its ground, or a share of it.
import { defaultDarkTheme, defaultLightTheme } from 'react-admin';

const typography = { fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif' };

const components = (theme, more) => ({
	...theme.components,
	MuiLink: { defaultProps: { underline: 'always' } },
	MuiTableCell: { styleOverrides: { head: { whiteSpace: 'nowrap' } } },
	...more,
});

const themeOf = (base, palette, more = {}) => ({
	...base,
	typography,
	palette: { ...base.palette, ...palette },
	components: components(base, more),
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

// chart.jsx: lines over days, as plain SVG. Who does not see them is told in words.
import { useLocale, useTranslate } from 'react-admin';
import { Box, Typography, useTheme } from '@mui/material';

import { figure } from './figures.js';

const WIDTH = 400;
const HEIGHT = 120;
const COLORS = {
	light: ['#2f4a9c', '#0b7a4b', '#9a5b00', '#b3261e'],
	dark: ['#a9bcff', '#6fdba8', '#ffbd66', '#ffb4ab'],
};
const DASHES = ['', '6 3', '2 3', '8 3 2 3'];

/** The points of one line; a day without a number is left out. */
function pointsOf(rows, name, most) {
	const x = (i) => (rows.length > 1 ? (i * WIDTH) / (rows.length - 1) : WIDTH / 2);
	const y = (value) => HEIGHT - 2 - (value / most) * (HEIGHT - 6);

	return rows
		.map((row, i) =>
			typeof row[name] === 'number' ? `${x(i).toFixed(1)},${y(row[name]).toFixed(1)}` : null
		)
		.filter(Boolean)
		.join(' ');
}

const values = (rows, name) => rows.map((row) => row[name]).filter((value) => typeof value === 'number');

function useWords(rows, series) {
	const translate = useTranslate();
	const locale = useLocale();
	const day = new Date(rows.at(-1).day).toLocaleDateString(locale, { timeZone: 'UTC' });

	return series
		.map((name) => {
			const all = values(rows, name);
			const [last, least, most] = [all.at(-1), Math.min(...all), Math.max(...all)].map((value) =>
				figure(name, value, locale)
			);

			return translate('hob.chart', { name: translate(`figures.${name}`), day, last, least, most });
		})
		.join('; ');
}

function Legend({ series, rows, colors }) {
	const translate = useTranslate();
	const locale = useLocale();

	return (
		<Box sx={{ display: 'flex', flexWrap: 'wrap', columnGap: 2 }}>
			{series.map((name, i) => (
				<Typography key={name} variant="body2">
					<svg width="18" height="8" aria-hidden="true">
						<line
							x1="0"
							y1="4"
							x2="18"
							y2="4"
							stroke={colors[i]}
							strokeWidth="3"
							strokeDasharray={DASHES[i]}
						/>
					</svg>{' '}
					{translate(`figures.${name}`)}{' '}
					{figure(name, values(rows, name).at(-1), locale)}
				</Typography>
			))}
		</Box>
	);
}

export function Chart({ name, series, rows }) {
	const translate = useTranslate();
	const { palette } = useTheme();
	const colors = COLORS[palette.mode];
	const words = useWords(rows, series);
	const most = Math.max(1, ...series.flatMap((one) => values(rows, one)));

	return (
		<Box component="figure" sx={{ m: 0 }}>
			<Typography component="figcaption" variant="subtitle1">
				{translate(`figures.${name}`)}
			</Typography>
			<svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" role="img" aria-label={words}>
				<line x1="0" x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} stroke={palette.divider} />
				{series.map((one, i) => (
					<polyline
						key={one}
						points={pointsOf(rows, one, most)}
						fill="none"
						stroke={colors[i]}
						strokeWidth="2"
						strokeDasharray={DASHES[i]}
						vectorEffect="non-scaling-stroke"
					/>
				))}
			</svg>
			<Legend series={series} rows={rows} colors={colors} />
		</Box>
	);
}

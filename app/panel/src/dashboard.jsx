// dashboard.jsx: the numbers of today, and how they went in the last 30 or 365 days.
import { useState } from 'react';
import { Title, useDataProvider, useLocale, useTranslate } from 'react-admin';
import { Box, Card, CardContent, ToggleButton, ToggleButtonGroup, Typography } from '@mui/material';
import { useQuery } from '@tanstack/react-query';

import { Chart } from './chart.jsx';
import { figure } from './figures.js';

/** Charts with more than one line. What the server sends besides has a chart of its own. */
const TOGETHER = [
	{ name: 'notices', series: ['notices_sent', 'notices_failed'] },
	{ name: 'requests', series: ['requests_2xx', 'requests_3xx', 'requests_4xx', 'requests_5xx'] },
	{ name: 'latency', series: ['p50_us', 'p99_us'] },
];

const numeric = (row) => Object.keys(row).filter((name) => typeof row[name] === 'number');

function chartsOf(rows) {
	const names = numeric(rows.at(-1) ?? {});
	const together = new Map(TOGETHER.flatMap((chart) => chart.series.map((name) => [name, chart])));
	const charts = new Set(names.map((name) => together.get(name) ?? name));

	return [...charts]
		.map((chart) => (typeof chart === 'string' ? { name: chart, series: [chart] } : chart))
		.map(({ name, series }) => ({ name, series: series.filter((one) => names.includes(one)) }));
}

const useStats = (name, params) => {
	const data = useDataProvider();

	return useQuery({ queryKey: ['stats', name, params], queryFn: async () => (await data[name](params)).data });
};

function Figures() {
	const translate = useTranslate();
	const locale = useLocale();
	const { data } = useStats('overview');

	return (
		<Box
			component="dl"
			sx={{
				display: 'grid',
				gap: 2,
				gridTemplateColumns: 'repeat(auto-fill, minmax(9.5rem, 1fr))',
			}}
		>
			{numeric(data ?? {}).map((name) => (
				<Card key={name} sx={{ p: 2, display: 'flex', flexDirection: 'column' }}>
					<Typography component="dt" variant="body2">
						{translate(`figures.${name}`)}
					</Typography>
					<Typography component="dd" variant="h5" sx={{ m: 0 }}>
						{figure(name, data[name], locale)}
					</Typography>
				</Card>
			))}
		</Box>
	);
}

function Course() {
	const translate = useTranslate();
	const [days, setDays] = useState(30);
	const { data: rows } = useStats('timeseries', { days });

	return (
		<>
			<Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'center', mb: 2 }}>
				<Typography variant="h6" component="h2">
					{translate('hob.course')}
				</Typography>
				<ToggleButtonGroup
					exclusive
					size="small"
					value={days}
					aria-label={translate('hob.course')}
					onChange={(event, value) => value && setDays(value)}
				>
					{[30, 365].map((n) => (
						<ToggleButton key={n} value={n}>
							{translate('hob.days', { smart_count: n })}
						</ToggleButton>
					))}
				</ToggleButtonGroup>
			</Box>
			<Box
				sx={{
					display: 'grid',
					gap: 2,
					gridTemplateColumns: 'repeat(auto-fill, minmax(min(20rem, 100%), 1fr))',
				}}
			>
				{rows &&
					chartsOf(rows).map((chart) => (
						<Card key={chart.series.join()}>
							<CardContent>
								<Chart rows={rows} {...chart} />
							</CardContent>
						</Card>
					))}
			</Box>
		</>
	);
}

export function Dashboard() {
	const translate = useTranslate();

	return (
		<>
			<Title title="ra.page.dashboard" />
			<Typography variant="h6" component="h2" sx={{ mt: 1 }}>
				{translate('hob.figures')}
			</Typography>
			<Figures />
			<Course />
		</>
	);
}

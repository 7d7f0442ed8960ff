/* SPDX-License-Identifier: MIT */
#include "tool/screen.h"

#include "tool/say.h"

#include <curses.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FILTER_SIZE 32
#define SPARK_WIDTH 8
#define HEAD_LINES 3
#define FOOT_LINES 1

enum { COLOUR_PLAIN, COLOUR_GOOD, COLOUR_BAD, COLOUR_WARN };

enum view { VIEW_POOLS, VIEW_POOL };

struct screen {
	struct watch watch;
	enum watch_order order;
	enum view view;
	char filter[FILTER_SIZE];
	bool is_typing; /* the filter */
	/* The chosen pool, by what stays the same from look to look. */
	pid_t pid;
	uint64_t id;
	size_t top; /* the first row that is shown */
	bool has_blocks;
};

/* Where the chosen pool is now; the first when it has gone. */
static size_t find_chosen(const struct screen *s)
{
	for (size_t i = 0; i < s->watch.shown_count; i++)
		if (s->watch.shown[i]->pid == s->pid && s->watch.shown[i]->id == s->id)
			return i;
	return 0;
}

static void choose(struct screen *s, size_t i)
{
	if (i >= s->watch.shown_count)
		return;
	s->pid = s->watch.shown[i]->pid;
	s->id = s->watch.shown[i]->id;
}

static void text_at(int y, int x, int width, const char *text)
{
	if (y < LINES && x < COLS)
		mvaddnstr(y, x, text, width < COLS - x ? width : COLS - x);
}

static void show_sum(const struct screen *s)
{
	uint64_t total = 0, active = 0, waiting = 0;
	double connects = 0, misses = 0;
	char line[160], clock_text[16];
	time_t now = time(NULL);
	struct tm tm;

	for (size_t i = 0; i < s->watch.shown_count; i++) {
		const struct watch_row *r = s->watch.shown[i];
		total += pool_view(&r->pool->values).total;
		active += r->pool->values.active_connections;
		waiting += r->pool->values.waiting;
		connects += r->connects_per_s;
		misses += r->misses_per_s;
	}
	strftime(clock_text, sizeof(clock_text), "%H:%M:%S", localtime_r(&now, &tm));
	snprintf(line, sizeof(line), "odbcpool %s  %zu processes, %zu pools, by %s%s%s", clock_text,
		s->watch.report.count, s->watch.shown_count, watch_order_name(s->order),
		*s->filter || s->is_typing ? ", only " : "", s->filter);
	attron(A_BOLD);
	text_at(0, 0, COLS, line);
	attroff(A_BOLD);
	snprintf(line, sizeof(line),
		"%llu connections, %llu active, %llu waiting; %.1f connects/s, %.1f logins/s",
		(unsigned long long)total, (unsigned long long)active, (unsigned long long)waiting,
		connects, misses);
	text_at(1, 0, COLS, line);
}

/* A column a look, the newest at the right. */
static void show_spark(const struct screen *s, const struct watch_row *r, int y, int x, int width)
{
	static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const letters[] = {" ", ".", ".", ":", ":", "|", "|", "#", "#"};
	unsigned most = 1;

	for (int i = 0; i < width; i++) {
		unsigned waits = watch_waits(&s->watch, r, (unsigned)i);
		most = waits > most ? waits : most;
	}
	for (int i = 0; i < width && x + i < COLS; i++) {
		unsigned waits = watch_waits(&s->watch, r, (unsigned)(width - 1 - i));
		unsigned level = waits ? 1 + waits * 7 / most : 0;
		mvaddstr(y, x + i, (s->has_blocks ? blocks : letters)[level]);
	}
}

static int colour_of(const char *state)
{
	if (strcmp(state, "ok") == 0)
		return COLOUR_GOOD;
	return strstr(state, "blocked") || strstr(state, "full") ? COLOUR_BAD : COLOUR_WARN;
}

/* The widths of program and pool grow with the terminal; all else has room in 80 columns. */
static int name_width(void)
{
	int more = COLS > 80 ? (COLS - 80) / 2 : 0;

	return 12 + (more < 20 ? more : 20);
}

static void show_titles(void)
{
	char line[200];

	snprintf(line, sizeof(line), "%7s %-*s %-*s %4s %4s %4s %4s %7s %6s %-*s %s", "PID",
		name_width() - 4, "PROGRAM", name_width(), "POOL", "TOT", "ACT", "IDLE", "WAIT",
		"CONN/s", "MISS/s", SPARK_WIDTH, "WAITS", "STATE");
	attron(A_REVERSE);
	move(HEAD_LINES - 1, 0);
	clrtoeol();
	mvhline(HEAD_LINES - 1, 0, ' ', COLS);
	text_at(HEAD_LINES - 1, 0, COLS, line);
	attroff(A_REVERSE);
}

static void show_row(const struct screen *s, const struct watch_row *r, int y, bool is_chosen)
{
	const struct counter_values *v = &r->pool->values;
	struct buffer state = BUFFER_EMPTY;
	int name = name_width();
	char line[200];

	report_add_state(&state, r->pool, r->process->taken_at, ",");
	snprintf(line, sizeof(line), "%7d %-*.*s %-*.*s %4llu %4llu %4llu %4llu %7.1f %6.1f ",
		(int)r->pid, name - 4, name - 4, r->process->program, name, name, r->pool->name,
		(unsigned long long)pool_view(v).total, (unsigned long long)v->active_connections,
		(unsigned long long)v->free_connections, (unsigned long long)v->waiting,
		r->connects_per_s, r->misses_per_s);
	if (is_chosen)
		attron(A_BOLD | A_REVERSE);
	text_at(y, 0, COLS, line);
	attroff(A_BOLD | A_REVERSE);
	int x = 49 + 2 * (name - 12) + 16;
	attron(COLOR_PAIR(COLOUR_WARN));
	show_spark(s, r, y, x, SPARK_WIDTH);
	attroff(COLOR_PAIR(COLOUR_WARN));
	attron(COLOR_PAIR(colour_of(buffer_str(&state))));
	text_at(y, x + SPARK_WIDTH + 1, COLS, buffer_str(&state));
	attroff(COLOR_PAIR(colour_of(buffer_str(&state))));
	buffer_done(&state);
}

static size_t rows_on_screen(void)
{
	int rows = LINES - HEAD_LINES - FOOT_LINES;

	return rows > 0 ? (size_t)rows : 0;
}

static void show_pools(struct screen *s)
{
	size_t chosen = find_chosen(s), rows = rows_on_screen();

	if (chosen < s->top)
		s->top = chosen;
	if (rows && chosen >= s->top + rows)
		s->top = chosen - rows + 1;
	show_sum(s);
	show_titles();
	for (size_t i = 0; i < rows && s->top + i < s->watch.shown_count; i++)
		show_row(s, s->watch.shown[s->top + i], HEAD_LINES + (int)i, s->top + i == chosen);
	if (s->watch.shown_count == 0)
		text_at(HEAD_LINES + 1, 2, COLS, "No pool to show.");
	attron(A_REVERSE);
	mvhline(LINES - 1, 0, ' ', COLS);
	text_at(LINES - 1, 0, COLS,
		s->is_typing ? "Type what to look for, Enter to end, Esc to drop it"
			     : "Enter details  s sort  / filter  arrows move  q quit");
	attroff(A_REVERSE);
}

static int say_line(int y, const char *name, const char *value)
{
	attron(A_BOLD);
	text_at(y, 0, 18, name);
	attroff(A_BOLD);
	text_at(y, 18, COLS, value);
	return y + 1;
}

static int show_numbers(const struct watch_row *r, int y)
{
	const struct counter_values *v = &r->pool->values;
	struct pool_view view = pool_view(v);
	struct buffer text = BUFFER_EMPTY;

	buffer_printf(&text,
		"%llu: %llu active, %llu idle, %llu parked, %llu opening; at most %lld",
		(unsigned long long)view.total, (unsigned long long)v->active_connections,
		(unsigned long long)v->free_connections, (unsigned long long)v->stasis_connections,
		(unsigned long long)v->opening, (long long)r->pool->settings.max_pool_size);
	y = say_line(y, "connections", buffer_str(&text));
	buffer_clear(&text);
	buffer_printf(&text, "%llu, of them %llu logins; %llu waiting, %llu timed out, %llu failed",
		(unsigned long long)v->soft_connects, (unsigned long long)view.misses,
		(unsigned long long)v->waiting, (unsigned long long)v->timeouts,
		(unsigned long long)v->login_failures);
	y = say_line(y, "connects", buffer_str(&text));
	buffer_clear(&text);
	buffer_append_str(&text, "in line ");
	report_add_time(&text, view.wait_median);
	buffer_append_str(&text, " (p99 ");
	report_add_time(&text, view.wait_p99);
	buffer_append_str(&text, "), login ");
	report_add_time(&text, view.open_median);
	buffer_append_str(&text, " (p99 ");
	report_add_time(&text, view.open_p99);
	buffer_append_str(&text, ")");
	y = say_line(y, "times", buffer_str(&text));
	buffer_done(&text);
	return y;
}

static int show_holders(const struct watch_row *r, int y)
{
	const struct pool_snapshot *p = r->pool;
	char line[80];

	y = say_line(y, "held longest", p->holder_count ? "thread, for" : "nobody holds one");
	for (unsigned i = 0; i < p->holder_count && y < LINES - FOOT_LINES; i++) {
		usec_t held = p->holders_at - p->holders[i].since;
		snprintf(line, sizeof(line), "%d, %.1f s", (int)p->holders[i].thread,
			held > 0 ? (double)held / 1e6 : 0);
		text_at(y++, 18, COLS, line);
	}
	return y;
}

static void show_pool(const struct screen *s)
{
	char line[320];
	struct buffer state = BUFFER_EMPTY;
	int y = 2;

	if (s->watch.shown_count == 0)
		return;
	const struct watch_row *r = s->watch.shown[find_chosen(s)];
	const struct pool_snapshot *p = r->pool;
	snprintf(line, sizeof(line), "%s in %s (%d)", p->name, r->process->program, (int)r->pid);
	attron(A_BOLD);
	text_at(0, 0, COLS, line);
	attroff(A_BOLD);
	report_add_state(&state, p, r->process->taken_at, ", ");
	y = say_line(y, "state", buffer_str(&state));
	buffer_done(&state);
	y = say_line(y, "driver", p->driver);
	snprintf(line, sizeof(line), "%s %s", p->dbms, p->server);
	y = say_line(y, "DBMS, server", line);
	y = show_numbers(r, y);
	if (p->last_error.at_us_since_1970) {
		y = say_line(y, "last failed login", p->last_error.sqlstate);
		text_at(y++, 18, COLS - 18, p->last_error.message);
	}
	y = say_line(y, "waits", "");
	show_spark(s, r, y - 1, 18, COLS - 18 < WATCH_HISTORY ? COLS - 18 : WATCH_HISTORY);
	(void)show_holders(r, y);
	attron(A_REVERSE);
	mvhline(LINES - 1, 0, ' ', COLS);
	text_at(LINES - 1, 0, COLS, "Esc back  q quit");
	attroff(A_REVERSE);
}

static void show(struct screen *s)
{
	erase();
	if (s->view == VIEW_POOLS)
		show_pools(s);
	else
		show_pool(s);
	refresh();
}

static void type(struct screen *s, int key)
{
	size_t len = strlen(s->filter);

	if (key == '\n' || key == KEY_ENTER) {
		s->is_typing = false;
	} else if (key == 27) {
		s->is_typing = false;
		*s->filter = '\0';
	} else if (key == KEY_BACKSPACE || key == 127 || key == 8) {
		s->filter[len ? len - 1 : 0] = '\0';
	} else if (key >= ' ' && key < 256 && len + 1 < sizeof(s->filter)) {
		s->filter[len] = (char)key;
		s->filter[len + 1] = '\0';
	}
}

/* False: quit. */
static bool obey(struct screen *s, int key)
{
	size_t chosen = find_chosen(s), page = rows_on_screen();

	switch (key) {
	case 'q':
		return false;
	case 's':
		s->order = (enum watch_order)((s->order + 1) % WATCH_ORDERS);
		break;
	case '/':
		s->is_typing = s->view == VIEW_POOLS;
		break;
	case '\n':
	case KEY_ENTER:
		/* The one that is marked, also when nobody has moved yet. */
		choose(s, chosen);
		s->view = VIEW_POOL;
		break;
	case 27:
		s->view = VIEW_POOLS;
		break;
	case KEY_UP:
		choose(s, chosen ? chosen - 1 : 0);
		break;
	case KEY_DOWN:
		choose(s, chosen + 1);
		break;
	case KEY_PPAGE:
		choose(s, chosen > page ? chosen - page : 0);
		break;
	case KEY_NPAGE:
		choose(s, chosen + page < s->watch.shown_count ? chosen + page
							       : s->watch.shown_count - 1);
		break;
	}
	return true;
}

static bool begin(struct screen *s)
{
	if (!newterm(NULL, stdout, stdin)) {
		say_error("the terminal cannot be used: TERM is not set, or unknown");
		return false;
	}
	s->has_blocks = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	start_color();
	use_default_colors();
	const char *no_colour = getenv("NO_COLOR");
	bool is_plain = no_colour && *no_colour;
	init_pair(COLOUR_GOOD, is_plain ? -1 : COLOR_GREEN, -1);
	init_pair(COLOUR_BAD, is_plain ? -1 : COLOR_RED, -1);
	init_pair(COLOUR_WARN, is_plain ? -1 : COLOR_YELLOW, -1);
	return true;
}

bool screen_run(const struct report_filter *filter, unsigned interval_ms)
{
	struct screen s = {.order = WATCH_BY_WAITS};
	bool has_memory = true;

	if (!begin(&s))
		return false;
	watch_init(&s.watch);
	for (bool goes_on = true; goes_on && has_memory;) {
		usec_t age = clock_now(&clock_real) - s.watch.looked_at;
		int left = (int)interval_ms - (int)(age / USEC_PER_MSEC);
		if (!s.watch.has_report || left <= 0) {
			has_memory = watch_look(&s.watch, filter);
			left = (int)interval_ms;
		}
		watch_arrange(&s.watch, s.order, s.filter);
		show(&s);
		timeout(left);
		int key = getch();
		if (key != ERR && s.is_typing)
			type(&s, key);
		else if (key != ERR)
			goes_on = obey(&s, key);
	}
	endwin();
	watch_done(&s.watch);
	if (!has_memory)
		say_no_memory();
	return has_memory;
}

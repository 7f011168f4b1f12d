/* Markdown on a terminal: as much of it as the program writes. */
#include "cli/markdown.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "cli/wrap.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TABLE_COLUMNS_MAX = 64, COLUMN_GAP = 2 };

/* A cell of a row "| a | **b** |", without the spaces and marks around it. */
struct cell {
    const char *text;
    size_t n;
    bool bold;
};

struct table {
    const char *text, *end; /* of its lines */
    int n_columns, width;   /* width: of the screen */
    int widths[TABLE_COLUMNS_MAX];
    bool is_number[TABLE_COLUMNS_MAX]; /* every cell below the title is one, or empty */
    bool colours;
};

/* ---- rows and cells ---- */

static const char *next_line(const char *line) {
    line += strcspn(line, "\n");
    return line + (*line == '\n');
}

/* The cell that begins after the "|" at `at`. Returns the next "|", or NULL after the last cell. */
static const char *read_cell(const char *at, struct cell *cell) {
    const char *end = ++at;
    while (*end && *end != '\n' && !(*end == '|' && end[-1] != '\\')) end++;
    if (*end != '|') return NULL;
    const char *next = end;
    while (at < end && *at == ' ') at++;
    while (end > at && end[-1] == ' ') end--;
    cell->bold = end - at > 4 && memcmp(at, "**", 2) == 0 && memcmp(end - 2, "**", 2) == 0;
    cell->text = at + (cell->bold ? 2 : 0);
    cell->n = (size_t)(end - at) - (cell->bold ? 4 : 0);
    return next;
}

/* "|---|---|" */
static bool is_rule(const char *line) {
    return strncmp(line, "|---", 4) == 0;
}

/* A character is a byte that does not continue one in UTF-8; "\|" is one character. */
static bool begins_character(const struct cell *cell, size_t i) {
    bool escape = cell->text[i] == '\\' && i + 1 < cell->n && cell->text[i + 1] == '|';
    return !escape && (cell->text[i] & 0xC0) != 0x80;
}

static int cell_width(const struct table *table, const struct cell *cell) {
    int width = cell->bold && !table->colours ? 4 : 0;
    for (size_t i = 0; i < cell->n; i++) width += begins_character(cell, i);
    return width;
}

static bool looks_like_number(const struct cell *cell) {
    return cell->n == 0 || strchr("+-.0123456789", cell->text[0]) ||
           (cell->n == strlen("–") && memcmp(cell->text, "–", cell->n) == 0);
}

/* ---- a table ---- */

static void measure_table(struct table *table) {
    for (int i = 0; i < TABLE_COLUMNS_MAX; i++) table->is_number[i] = true;
    for (const char *line = table->text; line < table->end; line = next_line(line)) {
        struct cell cell;
        int column = 0;
        if (is_rule(line)) continue;
        for (const char *at = line; column < TABLE_COLUMNS_MAX && (at = read_cell(at, &cell));
             column++) {
            int width = cell_width(table, &cell);
            if (width > table->widths[column]) table->widths[column] = width;
            if (line > table->text && !looks_like_number(&cell)) table->is_number[column] = false;
        }
        if (column > table->n_columns) table->n_columns = column;
    }
}

/* The first column, which every part repeats, takes at most half of the screen if there are more.
 */
static void limit_widths(struct table *table) {
    int most = table->n_columns > 1 ? table->width / 2 : table->width;
    if (table->widths[0] > most) table->widths[0] = most;
    most = table->width - table->widths[0] - COLUMN_GAP;
    for (int i = 1; i < table->n_columns; i++)
        if (table->widths[i] > most) table->widths[i] = most;
}

/* The bytes of a cell from `at` on that fit into `room` columns. It breaks after a space, a comma
   or a slash if there is one. */
static size_t piece_bytes(const struct cell *cell, size_t at, int room) {
    size_t end = at, last = at;
    int n = 0;
    for (; end < cell->n; end++) {
        if (begins_character(cell, end) && ++n > room) break;
        if (strchr(" ,/", cell->text[end])) last = end + 1;
    }
    if (end < cell->n && last > at) end = last;
    if (end < cell->n && end > at && memcmp(cell->text + end - 1, "\\|", 2) == 0) end--;
    return end - at;
}

static struct cell piece_of(const struct cell *cell, size_t at, int room) {
    struct cell piece = { cell->text + at, piece_bytes(cell, at, room), cell->bold };
    return piece;
}

static void add_cell(const struct table *table, const struct cell *cell, int column, lk_text *out) {
    int room = table->widths[column], width = cell_width(table, cell);
    bool right = table->is_number[column] && column > 0;
    const char *on = cell->bold ? (table->colours ? "\033[1m" : "**") : "",
               *off = cell->bold ? (table->colours ? "\033[0m" : "**") : "";
    lk_text_add(out, "%*s%s", right && width < room ? room - width : 0, "", on);
    for (size_t i = 0; i < cell->n; i++)
        if (begins_character(cell, i) || cell->text[i] != '\\')
            lk_text_bytes(out, cell->text + i, 1);
    lk_text_add(out, "%s%*s", off, right || width > room ? 0 : room - width, "");
}

static bool is_in_part(int column, int first, int last) {
    return column == 0 || (column >= first && column < last);
}

/* Under the titles, a rule as wide as each column. */
static void add_rule(const struct table *table, int first, int last, lk_text *out) {
    for (int column = 0; column < table->n_columns; column++) {
        if (!is_in_part(column, first, last)) continue;
        if (column) lk_text_add(out, "%*s", COLUMN_GAP, "");
        for (int i = 0; i < table->widths[column]; i++) lk_text_add(out, "-");
    }
    lk_text_add(out, "\n");
}

/* One line of a row: of each cell what follows the bytes `at` of it, which it moves on. Returns
   whether some cell has more. */
static bool add_line(const struct table *table, const char *line, int first, int last,
                     size_t at[TABLE_COLUMNS_MAX], lk_text *out) {
    struct cell cell;
    int column = 0;
    bool more = false;
    for (const char *next = line; column < table->n_columns && (next = read_cell(next, &cell));
         column++) {
        if (!is_in_part(column, first, last)) continue;
        int room = table->widths[column];
        bool whole = cell_width(table, &cell) <= room && at[column] == 0;
        if (!whole) cell.bold = false;
        struct cell piece = whole ? cell : piece_of(&cell, at[column], room);
        if (column) lk_text_add(out, "%*s", COLUMN_GAP, "");
        at[column] += whole ? cell.n : piece.n;
        while (piece.n && at[column] < cell.n && piece.text[piece.n - 1] == ' ') piece.n--;
        if (piece.n)
            add_cell(table, &piece, column, out);
        else
            lk_text_add(out, "%*s", room, "");
        more = more || at[column] < cell.n;
    }
    while (out->n && out->data[out->n - 1] == ' ') out->n--;
    lk_text_add(out, "\n");
    return more;
}

static void add_row(const struct table *table, const char *line, int first, int last,
                    lk_text *out) {
    size_t at[TABLE_COLUMNS_MAX] = { 0 };
    while (add_line(table, line, first, last, at, out) && !out->failed) {
    }
}

/* The columns from `first` on that fit next to column 0; at least one. Returns the next column. */
static int end_of_part(const struct table *table, int first) {
    int width = table->widths[0], last = first;
    for (; last < table->n_columns; last++) {
        width += COLUMN_GAP + table->widths[last];
        if (width > table->width && last > first) break;
    }
    return last;
}

static void show_table(struct table *table, lk_text *out) {
    measure_table(table);
    limit_widths(table);
    int first = 1;
    do {
        int last = end_of_part(table, first);
        if (first > 1) lk_text_add(out, "\n");
        for (const char *line = table->text; line < table->end; line = next_line(line)) {
            if (is_rule(line))
                add_rule(table, first, last, out);
            else
                add_row(table, line, first, last, out);
        }
        first = last;
    } while (first < table->n_columns);
}

/* ---- all ---- */

void lk_markdown_show(const char *markdown, int width, bool colours, lk_text *out) {
    while (*markdown) {
        struct table table = { .text = markdown, .width = width, .colours = colours };
        while (*markdown == '|') markdown = next_line(markdown);
        table.end = markdown;
        if (table.end > table.text) {
            show_table(&table, out);
            continue;
        }
        lk_text line = { 0 };
        lk_text_bytes(&line, markdown, strcspn(markdown, "\n"));
        lk_wrap(line.n ? line.data : "\n", width, out);
        out->failed = out->failed || line.failed;
        lk_text_deinit(&line);
        markdown = next_line(markdown);
    }
}

lk_status lk_cli_put_markdown(lk_text *markdown, lk_error *err) {
    lk_text out = { .failed = markdown->failed };
    lk_terminal screen;
    if (!isatty(STDOUT_FILENO)) return lk_cli_put(markdown, err);
    lk_terminal_init(&screen, stdout);
    lk_markdown_show(markdown->data ? markdown->data : "", screen.width, screen.colours, &out);
    lk_text_deinit(markdown);
    return lk_cli_put(&out, err);
}

# Hob. `make` builds, `make check` runs the unit tests; README.md names the two
# commands that do everything else. One Makefile, no recursion; objects in build/<mode>.

VERSION = 0.1.0
MODE   ?= release
BUILD  ?= build/$(MODE)
CC     := $(if $(filter fuzz,$(MODE)),clang,$(CC))
PKGS    = libpq hiredis libcjson libargon2 libssl libcrypto libcrypt libxxhash libseccomp libutf8proc libidn2 libcurl libarchive libmagic liboath libqrencode
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
# Of hob-image alone.
IMAGE_PKGS   = vips gmodule-2.0 libseccomp
IMAGE_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(IMAGE_PKGS) 2>/dev/null)) \
                -DHOB_VIPS_MODULES='"$(shell pkg-config --variable=libdir vips 2>/dev/null)"'
IMAGE_LIBS   := $(shell pkg-config --libs $(IMAGE_PKGS) 2>/dev/null)
Q       = $(if $(V),,@)

CSTD     = -std=c17 -D_GNU_SOURCE
WARN     = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
           -Wcast-qual -Wvla -Wformat=2 -Wundef -Wno-missing-field-initializers -fno-common $(if $(WERROR),-Werror)
HARDEN   = -fPIE -fstack-protector-strong -fcf-protection
LDHARDEN = -pie -Wl,-z,relro,-z,now,--as-needed
OPT_release = -O2 -g -D_FORTIFY_SOURCE=2
OPT_asan    = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
OPT_cover   = -O0 -g --coverage
OPT_valgrind = -O1 -g
OPT_fuzz    = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined
CFLAGS  = $(CSTD) $(WARN) $(HARDEN) $(OPT_$(MODE)) -include lib/core/banned.h -Ilib $(PKG_CFLAGS)
LDFLAGS = $(LDHARDEN) $(OPT_$(MODE))
LDLIBS  = $(PKG_LIBS) -lfcgi

# AddressSanitizer and valgrind have a free() of their own.
LEFT_OUT  = $(if $(filter asan fuzz valgrind,$(MODE)),lib/core/wipe_heap.c t/unit/wipe_heap_test.c)
LIB_SRC   = $(filter-out $(LEFT_OUT),$(sort $(wildcard lib/*/*.c)))
# Folders of lib that reach out to other hosts, or bring large libraries along: the pool does not even have the code.
OUTSIDE   = client bucket fetch mail push totp zip
MODEL_SRC = $(sort $(wildcard app/model/*.c))
SERVE_SRC = $(sort $(wildcard app/serve/*.c))
API_SRC   = $(sort $(wildcard app/api/*.c))
ADMIN_SRC = $(sort $(wildcard app/admin/*.c))
JOBS_SRC  = $(sort $(wildcard app/jobs/*.c))
CLI_SRC   = $(sort $(wildcard app/cli/*.c))
IMAGE_SRC = $(sort $(wildcard app/image/*.c))
FUZZ_SRC  = $(filter-out t/fuzz/libfuzzer.c,$(sort $(wildcard t/fuzz/*.c)))
UNIT_SRC  = $(filter-out $(LEFT_OUT),$(sort $(wildcard t/unit/*_test.c)))
SQL_SRC   = $(sort $(wildcard sql/migrations/*.sql sql/functions/*.sql sql/queries/*/*.sql sql/entities/* sql/roles.sql seed/*.sql))
GEN       = $(BUILD)/gen
# A table of statements for each program, by name of its folder; each links its own.
QUERIES   = $(notdir $(patsubst %/,%,$(sort $(dir $(wildcard sql/queries/*/*.sql)))))
GEN_SRC   = $(GEN)/api/statements.c $(GEN)/api/document.c $(GEN)/schema.c $(GEN)/catalogues.c

obj = $(patsubst %.c,$(BUILD)/%.o,$(1))
LANG_SRC  = $(sort $(wildcard app/api/languages/*.txt))
DOC_SRC   = $(sort $(wildcard app/serve/document/*/*.json app/$(1)/document/*/*.json))
MAILS_SRC = $(sort $(wildcard app/jobs/mails/*.txt app/jobs/mails/*.html))
LIB_OBJ   = $(call obj,$(LIB_SRC))
POOL_OBJ  = $(call obj,$(filter-out $(OUTSIDE:%=lib/%/%),$(LIB_SRC)))
MODEL_OBJ = $(call obj,$(MODEL_SRC))
GEN_OBJ   = $(GEN_SRC:.c=.o)
# What unit tests have of hob-jobs.
UNIT_JOBS = $(GEN)/mails.o $(call obj,app/jobs/template.c app/jobs/image_ask.c)

PROGRAMS  = $(BUILD)/hob-api $(BUILD)/hob-admin $(BUILD)/hob-jobs $(BUILD)/hob-image $(BUILD)/hob
MANUALS   = $(addprefix $(BUILD)/man/,hob.1 hob.conf.5 hob-api.8 hob-admin.8 hob-jobs.8)
UNIT      = $(BUILD)/unit-tests

.PHONY: FORCE all hob-with panel docs deb check circles check-api check-asan check-valgrind cover coherence contract model lint bench fuzz install uninstall run test clean
.SECONDARY:
all: $(PROGRAMS) $(MANUALS)

# A program whose route table is not sound (a row without access, for one) is not built.
$(BUILD)/hob-api: $(call obj,$(API_SRC) $(SERVE_SRC)) $(GEN_OBJ) $(MODEL_OBJ) $(POOL_OBJ)
	@echo "  LD  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
	$(Q)$@ -r >/dev/null || { rm -f $@; exit 1; }
$(BUILD)/hob-admin: $(call obj,$(ADMIN_SRC) $(SERVE_SRC) $(filter lib/totp/%,$(LIB_SRC))) $(GEN)/admin/statements.o $(GEN)/admin/entities.o $(GEN)/admin/document.o $(GEN)/catalogues.o $(MODEL_OBJ) $(POOL_OBJ)
	@echo "  LD  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
	$(Q)$@ -r >/dev/null || { rm -f $@; exit 1; }
$(BUILD)/hob-jobs: $(call obj,$(JOBS_SRC)) $(GEN)/jobs/statements.o $(GEN)/mails.o $(MODEL_OBJ) $(LIB_OBJ)
	@echo "  LD  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/hob: $(call obj,$(CLI_SRC)) $(GEN)/schema.o $(MODEL_OBJ) $(LIB_OBJ)
	@echo "  LD  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# It works on bytes of strangers: nothing is linked that it does not need.
$(BUILD)/hob-image: $(call obj,$(IMAGE_SRC) app/model/image.c lib/confine/confine.c lib/confine/strict.c lib/core/str.c lib/media/signs.c)
	@echo "  LD  $@"
	$(Q)$(CC) $(LDFLAGS) $(FONTS_FOUND) -o $@ $^ $(IMAGE_LIBS)
# Libraries find these in the program before they look into libc: app/image/fonts.c.
FONTS_FOUND = $(foreach s,open __open_2 fopen fstat,-Wl,--export-dynamic-symbol=$(s))
$(call obj,$(IMAGE_SRC)): CFLAGS += $(IMAGE_CFLAGS)

# Each program prints its pages from the tables it runs on.
$(BUILD)/man/hob.1 $(BUILD)/man/hob.conf.5: $(BUILD)/hob
	@mkdir -p $(@D)
	$(Q)$< man $(basename $(@F)) > $@ || { rm -f $@; exit 1; }
$(BUILD)/man/%.8: $(BUILD)/%
	@mkdir -p $(@D)
	$(Q)$< --man > $@ || { rm -f $@; exit 1; }

# hob with other migrations: `make hob-with SCHEMA=FOLDER`, where scripts/sqlgen of that tree wrote.
hob-with: $(call obj,$(CLI_SRC)) $(MODEL_OBJ) $(LIB_OBJ)
	$(Q)$(CC) $(CFLAGS) -I$(SCHEMA) -c -o $(SCHEMA)/schema.o $(SCHEMA)/schema.c
	$(Q)$(CC) $(LDFLAGS) -o $(SCHEMA)/hob $^ $(SCHEMA)/schema.o $(LDLIBS)

# The admin panel, to build/panel: needs npm until what makes it is there once.
PANEL_SRC = $(sort $(shell find app/panel -name node_modules -prune -o -type f -print))
panel: build/panel/index.html
build/panel/index.html: scripts/panel $(PANEL_SRC)
	@echo "  NPM $(@D)"
	$(Q)scripts/panel

# The pages at /api/docs, to build/docs, likewise.
DOCS_SRC = $(sort $(shell find app/docs -name node_modules -prune -o -type f -print) $(wildcard doc/api/*.md doc/*.json t/vectors/*.json)) doc/CHANGELOG.md
docs: build/docs/index.html
build/docs/index.html: scripts/docs $(DOCS_SRC)
	@echo "  NPM $(@D)"
	$(Q)scripts/docs $(@D)

# Other flags are another build: objects know which they were made with.
$(BUILD)/flags: FORCE
	@pkg-config --exists $(PKGS) $(IMAGE_PKGS) || { \
		echo "Libraries are missing: ./scripts/packages test installs them." >&2; exit 1; }
	@mkdir -p $(BUILD)
	@echo '$(CC) $(CFLAGS)' | cmp -s - $@ || echo '$(CC) $(CFLAGS)' > $@
FORCE:

# Each layer sees the headers of those below it and no others: a wrong include does not compile.
SEE_model = model
SEE_serve = model serve
SEE_api   = model serve api
SEE_admin = model serve admin
SEE_jobs  = model jobs
SEE_cli   = model cli
SEE_image = model image
GEN_H     = $(QUERIES:%=$(GEN)/%/statements.h) $(GEN)/api/document.h $(GEN)/admin/document.h $(GEN)/schema.h $(GEN)/catalogues.h $(GEN)/mails.h $(GEN)/version.h
layer     = $(word 2,$(subst /, ,$(1)))
$(BUILD)/see/%/made: Makefile
	@rm -rf $(@D) && mkdir -p $(@D)
	@$(foreach l,$(SEE_$*),ln -s $(CURDIR)/app/$(l) $(@D)/$(l);)
	@touch $@
$(BUILD)/lib/%.o: lib/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  CC  $<"
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/app/%.o: app/%.c $(BUILD)/flags | $(GEN_H) $(foreach l,model serve api admin jobs cli image,$(BUILD)/see/$(l)/made)
	@mkdir -p $(@D)
	@echo "  CC  $<"
	$(Q)$(CC) $(CFLAGS) -I$(BUILD)/see/$(call layer,$<) -I$(GEN)/$(call layer,$<) -I$(GEN) -MMD -MP -c -o $@ $<
$(BUILD)/t/%.o: t/%.c $(BUILD)/flags | $(GEN_H)
	@mkdir -p $(@D)
	@echo "  CC  $<"
	$(Q)$(CC) $(CFLAGS) -Iapp -I$(GEN)/api -I$(GEN) -MMD -MP -c -o $@ $<
$(GEN)/%.o: $(GEN)/%.c $(BUILD)/flags
	@echo "  CC  $<"
	$(Q)$(CC) $(CFLAGS) -I$(GEN) -I$(@D) -MMD -MP -c -o $@ $<

$(GEN)/admin/entities.o: private CFLAGS += -I$(BUILD)/see/admin
$(GEN)/admin/entities.o: | $(BUILD)/see/admin/made

# Named statements, migrations and seeds become C.
$(QUERIES:%=$(GEN)/%/statements.c) $(QUERIES:%=$(GEN)/%/statements.h) $(GEN)/schema.c $(GEN)/schema.h $(GEN)/admin/entities.c &: scripts/sqlgen scripts/entitygen scripts/entitydoc.awk scripts/entityschema.awk scripts/entitydoors.awk scripts/entitylookups.awk scripts/entitysearch.awk $(SQL_SRC)
	@mkdir -p $(GEN)
	@echo "  SQL $(GEN)"
	$(Q)scripts/sqlgen $(GEN)

# Catalogues of other languages become C too.
$(GEN)/catalogues.c $(GEN)/catalogues.h &: scripts/langgen $(LANG_SRC)
	@mkdir -p $(GEN)
	@echo "  TXT $(GEN)"
	$(Q)scripts/langgen $(GEN)

# So do schemas, descriptions and examples of API documents.
$(GEN)/api/document.c $(GEN)/api/document.h &: scripts/docgen $(call DOC_SRC,api)
	@mkdir -p $(GEN)/api
	@echo "  DOC $(GEN)/api"
	$(Q)scripts/docgen $(GEN)/api app/serve/document app/api/document
$(GEN)/admin/document.c $(GEN)/admin/document.h &: scripts/docgen $(call DOC_SRC,admin) $(GEN)/admin/entities.c
	@echo "  DOC $(GEN)/admin"
	$(Q)scripts/docgen $(GEN)/admin app/serve/document app/admin/document $(GEN)/admin/document

# And mails.
$(GEN)/mails.c $(GEN)/mails.h &: scripts/mailgen $(MAILS_SRC)
	@mkdir -p $(GEN)
	@echo "  TXT $(GEN)/mails.c"
	$(Q)scripts/mailgen $(GEN)

$(GEN)/version.h: FORCE
	@mkdir -p $(GEN)
	@echo '#define HOB_VERSION "$(VERSION)"' | cmp -s - $@ || echo '#define HOB_VERSION "$(VERSION)"' > $@

# Unit tests: each t/unit/NAME_test.c defines `Suite *NAME_suite(void)`.
$(GEN)/suites.c: $(UNIT_SRC)
	@mkdir -p $(GEN)
	@{ echo '#include <check.h>'; \
	   for f in $(notdir $(UNIT_SRC:_test.c=)); do echo "Suite *$${f}_suite(void);"; done; \
	   echo 'void add_suites(SRunner *r);'; echo 'void add_suites(SRunner *r) {'; \
	   for f in $(notdir $(UNIT_SRC:_test.c=)); do echo "srunner_add_suite(r, $${f}_suite());"; done; \
	   echo '}'; } > $@
$(UNIT): $(call obj,$(filter-out $(LEFT_OUT),$(sort $(wildcard t/unit/*.c))) $(FUZZ_SRC)) $(GEN)/suites.o $(GEN_OBJ) \
         $(filter-out $(BUILD)/app/serve/program.o,$(call obj,$(API_SRC) $(SERVE_SRC))) $(UNIT_JOBS) $(MODEL_OBJ) $(LIB_OBJ)
	@echo "  LD  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(shell pkg-config --libs check)
# The machinery with a table of routes of its own, and nothing of any program.
$(BUILD)/serve-tests: $(call obj,$(sort $(wildcard t/serve/*.c)) $(filter-out app/serve/program.c,$(SERVE_SRC))) $(GEN)/catalogues.o $(MODEL_OBJ) $(LIB_OBJ)
	@echo "  LD  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(shell pkg-config --libs check)
# Supervision with what it may stand on, and nothing else: no gate, no app.
$(BUILD)/supervise-tests: $(call obj,$(sort $(wildcard t/supervise/*.c)) $(filter lib/supervise/% lib/core/% lib/log/% lib/json/%,$(LIB_SRC)))
	@echo "  LD  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(shell pkg-config --libs check)
# Parsers against libFuzzer, of clang, with AddressSanitizer and UBSan: t/fuzz/README.md.
$(BUILD)/fuzzer: $(call obj,t/fuzz/libfuzzer.c $(FUZZ_SRC)) $(GEN_OBJ) \
         $(filter-out $(BUILD)/app/serve/program.o,$(call obj,$(API_SRC) $(SERVE_SRC))) $(MODEL_OBJ) $(LIB_OBJ)
	@echo "  LD  $@"
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)
fuzz:
	t/fuzz/run
check: $(UNIT) $(BUILD)/serve-tests $(BUILD)/supervise-tests circles
	$(UNIT)
	$(BUILD)/serve-tests
	$(BUILD)/supervise-tests
# No file of a layer calls, or includes, through others, itself; folders of lib stand in an order.
circles: $(call obj,$(LIB_SRC) $(MODEL_SRC) $(SERVE_SRC))
	@scripts/circles calls $(call obj,$(SERVE_SRC))
	@scripts/circles calls $(call obj,$(MODEL_SRC))
	@scripts/circles calls $(call obj,$(LIB_SRC))
	@for layer in app/serve app/model lib; do scripts/circles includes $$layer || exit 1; done
	@scripts/circles order
check-api:
	scripts/test api
# The API suite against a build with AddressSanitizer and UBSan.
check-asan:
	HOB_MODE=asan scripts/test unit api
# Unit tests under valgrind's memcheck: ten to twenty minutes.
check-valgrind:
	scripts/valgrind
# Lines that the unit tests run, by folder; fails below a floor.
cover:
	scripts/cover
# The API document: linted, lived by clients made from it, and fuzzed.
contract:
	scripts/test contract
# The cache protocol, every interleaving of it: t/model/README.md.
model:
	t/model/run
lint:
	scripts/lint
# Ratios, CPU and memory within one run: t/bench/README.md. BENCH_QUICK=1 is shorter.
$(BUILD)/hello_plain: t/bench/hello_plain.c
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< -lfcgi
bench: all $(BUILD)/hello_plain
	HOB_MODE=$(MODE) t/bench/run
# A million reads behind mutations, none of which may see what was before: t/coherence/README.md.
RACE_SRC = $(sort $(wildcard t/coherence/*.c))
$(BUILD)/race: $(call obj,$(RACE_SRC)) $(LIB_OBJ)
	@echo "  LD  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -pthread
# The rules of recurrence as a filter, for t/recurrence.
$(BUILD)/recurrence: $(call obj,t/recurrence/filter.c) $(MODEL_OBJ) $(LIB_OBJ)
	@echo "  LD  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
# lib/mail, lib/push and stores as filters, for t/jobs.
$(BUILD)/keeper $(BUILD)/mailer $(BUILD)/pusher: $(BUILD)/%: $(BUILD)/t/jobs/%.o $(LIB_OBJ)
	@echo "  LD  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
# Pictures for t/files.
$(BUILD)/pictures: $(BUILD)/t/files/pictures.o
	@echo "  LD  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(IMAGE_LIBS)
$(BUILD)/t/files/pictures.o: CFLAGS += $(IMAGE_CFLAGS)
coherence: all $(BUILD)/race
	HOB_MODE=$(MODE) t/coherence/run
# Programs, man pages, units, nginx snippets and documents: doc/tuning.md, "Installing". DESTDIR= goes before PREFIX=.
PREFIX ?= /usr/local
install: all
	DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' scripts/install $(BUILD)
uninstall:
	DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' scripts/install --remove $(BUILD)
# Debian packages, to build/deb: doc/install.md.
deb:
	scripts/deb
run:
	scripts/run
test:
	scripts/test

clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

/*
 * password_rules.c: what a household member may choose as a password. There are
 * no composition rules, they only move the digit to the end (NIST SP 800-63B
 * 5.1.1.2); there is a list of what everybody tries first, of at least eight
 * bytes, since shorter ones are refused anyway.
 */
#include "model/password_rules.h"

#include <stddef.h>

/* clang-format off */
static const char *const common[] = {
	"00000000", "11111111", "11223344", "12121212", "12341234", "12345678", "123456789",
	"1234567890", "123123123", "123321123", "147258369", "1q2w3e4r", "1q2w3e4r5t",
	"1qaz2wsx", "20202020", "66666666", "77777777", "87654321", "88888888", "987654321",
	"99999999", "aa123456", "a1234567", "abc12345", "abcd1234", "abcdefgh", "access14",
	"admin123", "administrator", "asdfasdf", "asdfghjk", "asdfghjkl", "baseball",
	"basketball", "blink182", "butterfly", "changeme", "charlie1", "chocolate", "computer",
	"corvette", "danielle", "dolphins", "dragon12", "einstein", "elephant", "evangelion",
	"firebird", "football", "football1", "garfield", "gateway1", "homehome", "household",
	"iloveyou", "iloveyou1", "internet", "jennifer", "jonathan", "justin12", "letmein1",
	"liverpool", "marlboro", "maverick", "mercedes", "metallica", "michelle", "midnight",
	"monkey12", "mustang1", "nicholas", "p@ssw0rd", "p@ssword", "pa55word", "pass1234",
	"passw0rd", "password", "password!", "password1", "password12", "password123",
	"passwort", "princess", "princess1", "q1w2e3r4", "qazwsxedc", "qweasdzxc", "qwer1234",
	"qwerty12", "qwerty123", "qwertyui", "qwertyuiop", "rush2112", "samantha", "scorpion",
	"september", "sunshine", "sunshine1", "superman", "superman1", "swordfish", "test1234",
	"testtest", "trustno1", "victoria", "welcome1", "welcome123", "whatever", "williams",
	"xxxxxxxx", "zaq12wsx", "zxcvbnm1", "zxcvbnm,",
};
/* clang-format on */

bool
password_is_common(struct str password)
{
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		if (str_eq_ci(password, str_of(common[i])))
			return true;
	}
	return false;
}

import re
import shutil
import subprocess
import sys
import unittest

from support import TOOLS, ToolTest

REPOSITORY = TOOLS.parent
SOURCES = ('policies/vocabulary.cedarschema', 'policies/matrix.tsv', 'policies/guards.cedar',
           'cordon/wire/sbi/generate_table.py', 'cordon/wire/sbi/catalogue/operations.json',
           'cordon/wire/sbi/catalogue/deviations.json')
MADE = ('policies/sbi.cedar', 'policies/sbi.cedarschema', 'cordon/policy/vectors/sbi_matrix.txt')


class TheRepository(unittest.TestCase):
    def test_is_up_to_date(self):
        done = subprocess.run([sys.executable, '-B', TOOLS / 'make_sbi_policy.py', '--check'], capture_output=True,
                              text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ''))

    def test_spells_every_attribute_of_a_rule_as_the_schema_does(self):
        # `context has body.mispelt` is no error to a validator: it is false. So the words are held to the schema here.
        schema = (REPOSITORY / 'policies/vocabulary.cedarschema').read_text()
        rules = re.sub(r'//[^\n]*|@\w+\("[^"]*"\)', '', (REPOSITORY / 'policies/sbi.cedar').read_text())
        for kind in ('Query', 'Body', 'Token', 'Assertion'):
            with self.subTest(kind):
                part = {'Assertion': 'assertion'}.get(kind, kind.lower())
                known = set(re.findall(r'"?([\w-]+)"?\??:', re.search(rf'type {kind} = {{(.*?)}};', schema, re.DOTALL).group(1)))
                used = set(re.findall(rf'\b{part}\.(\w+)', rules)) | set(re.findall(rf'\b{part}\["([^"]+)"\]', rules))
                used |= set(re.findall(rf'\b{part} has "?([\w-]+)', rules))
                self.assertEqual(used - known, set())

    def test_rules_use_every_word_of_the_vocabulary_that_guards_rest_on(self):
        rules = (REPOSITORY / 'policies/sbi.cedar').read_text()
        for word in ('context.token.aud', 'context.token.sub', 'context.token.scope', 'context.token.exp',
                     'context.token.issuer', 'principal.slices', 'principal.plmn', 'principal.quarantined',
                     'principal.trust', 'context.threat', 'context.emergency', 'context.owner', 'principal.hosts'):
            self.assertIn(word, rules)


class MakeSbiPolicy(ToolTest):
    tool = 'make_sbi_policy.py'

    def setUp(self):
        super().setUp()
        for name in SOURCES:
            self.write(name, (REPOSITORY / name).read_bytes())
        (self.root / 'cordon/policy/vectors').mkdir(parents=True)

    def change(self, name, old, new):
        path = self.root / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))

    def assert_fault(self, *words):
        status, _, error = self.run_tool()
        self.assertEqual(status, 1)
        for word in words:
            self.assertIn(word, error)

    def test_makes_the_files_of_the_repository(self):
        self.assertEqual(self.run_tool()[0], 0)
        for name in MADE:
            with self.subTest(name):
                self.assertEqual((self.root / name).read_bytes(), (REPOSITORY / name).read_bytes())

    def test_says_what_is_stale_and_writes_nothing(self):
        self.run_tool()
        self.change('policies/guards.cedar', '@because("', '@because("really: ')
        before = (self.root / MADE[0]).read_bytes()
        status, _, error = self.run_tool('--check')
        self.assertEqual((status, error), (1, 'policies/sbi.cedar: stale: run tools/make_sbi_policy.py\n'))
        self.assertEqual((self.root / MADE[0]).read_bytes(), before)
        self.run_tool()
        self.assertEqual(self.run_tool('--check')[0], 0)

    def test_gives_each_operation_its_row_in_the_table_of_the_build(self):
        self.assertEqual(self.run_tool('--table', self.root / 'table.inc')[0], 0)
        rows = re.findall(r'^    \{"\w+", \d+, \d+\},$', (self.root / 'table.inc').read_text(), re.MULTILINE)
        self.assertEqual(len(rows), 822)
        self.assertFalse((self.root / MADE[0]).exists())

    def test_a_row_for_each_operation_is_demanded(self):
        text = (self.root / 'policies/matrix.tsv').read_text()
        (self.root / 'policies/matrix.tsv').write_text(re.sub(r'^spending-limits\t.*\n', '', text, flags=re.MULTILINE))
        self.assert_fault('no row has nchf-spendinglimitcontrol:')

    def test_every_cell_is_checked(self):
        for old, new, word in (('nudm-uecm\tRegistration ', 'nudm-uecm\tRegistrations ', 'nudm-uecm has no Registrations'),
                               ('\tAUSF\tguard\t', '\tAUFS\tguard\t', 'AUFS is no NF type'),
                               ('spending-limits\tCHF', 'spending-limits\tPCF', 'is served by CHF'),
                               ('spending-limits\t', 'charging\t', 'the id is taken'),
                               ('\tcharging\tno\t', '\tmoney\tno\t', 'money is no data class'),
                               ('\tcharging\tno\t', '\tcharging\tperhaps\t', 'checked is yes or no'),
                               ('\ttarget:PCF,UDR\t', '\ttarget:PCF,UDX\t', 'UDX is no NF type'),
                               ('id\tasked', 'name\tasked', 'the columns are'),
                               ('\tcreator\tcharging\t', '\t\tcharging\t', 'filled columns')):
            with self.subTest(word):
                shutil.copy(REPOSITORY / 'policies/matrix.tsv', self.root / 'policies/matrix.tsv')
                self.change('policies/matrix.tsv', old, new)
                self.assert_fault('matrix.tsv:', word)

    def test_nobody_gets_no_rule(self):
        self.run_tool()
        self.assertNotIn('npanf-userid"', (self.root / MADE[0]).read_text().split('what follows')[0])

    def test_an_owner_in_the_path_becomes_a_rule(self):
        self.run_tool()
        self.assertIn('context has path.nfId && context.path.nfId != principal.instance', (self.root / MADE[0]).read_text())


if __name__ == '__main__':
    unittest.main()

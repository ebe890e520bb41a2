#include "tests/conformance/corpus.h"

#include <algorithm>
#include <format>
#include <string>
#include <vector>

#include "cordon/base/file.h"
#include "cordon/validation/validate.h"
#include "tests/conformance/question.h"

namespace cordon::conformance {
namespace {

namespace fs = std::filesystem;

// Paths are relative to the root of the archive; the bulk of the tests lies flat in what is "corpus-tests/" there.
fs::path found(const fs::path& root, std::string_view named) {
  const fs::path path{named};
  for (fs::path base = root; !base.empty(); base = base.parent_path()) {
    for (const auto& candidate : {base / path, base / path.filename()})
      if (fs::exists(candidate)) return candidate;
    if (base == base.root_path()) break;
  }
  return path;
}

struct Sources {
  std::string policies, entities, schema;
  bool json_policies = false;
  bool json_schema = false;
};

Result<Sources> sources_of(const wire::Json& test, const fs::path& folder) {
  const auto text = [&](std::string_view member) -> Result<std::string> {
    const auto* name = test.find(member);
    return read_file(found(folder, name == nullptr ? "" : name->text()), kGenerous.bytes);
  };
  Sources out;
  for (auto [member, into] :
       {std::pair{"policies", &out.policies}, {"entities", &out.entities}, {"schema", &out.schema}}) {
    auto content = text(member);
    if (!content) return std::unexpected(std::move(content.error()));
    *into = std::move(*content);
  }
  const auto is_json = [&](std::string_view member) {
    const auto* format = test.find(member);
    return format != nullptr && format->text() == "json";
  };
  out.json_policies = is_json("policyFormat");
  out.json_schema = is_json("schemaFormat");
  return out;
}

Question question_of(const wire::Json& request) {
  const auto member = [&](std::string_view name) {
    const auto* value = request.find(name);
    return value == nullptr ? wire::Json{} : *value;
  };
  Question out{.principal = member("principal"),
               .action = member("action"),
               .resource = member("resource"),
               .context = member("context"),
               .validate = true,
               .expected = {}};
  if (const auto* validate = request.find("validateRequest")) out.validate = validate->boolean(true);
  out.expected = {.ok = true,
                  .allow = member("decision").text() == "allow",
                  .reasons = texts_of(request.find("reason")),
                  .errors = texts_of(request.find("errors"))};
  return out;
}

class Test {
 public:
  Test(const wire::Json& test, std::string subject, Report& report)
      : test_(test), subject_(std::move(subject)), report_(report) {}

  void run(const Sources& sources) {
    report_.count("tests");
    auto schema = sources.json_schema ? schema::Schema::parse_json(sources.schema, subject_)
                                      : schema::Schema::parse(sources.schema, subject_);
    if (!schema) return mismatch("schema", schema.error().message);
    auto policies = policy::PolicySet::parse(sources.policies, subject_, {.naming = policy::Naming::position});
    if (!policies) return mismatch("policies", policies.error().message);
    validate(*policies, *schema);
    auto store = store_of(sources.entities, &*schema);
    if (!store) return mismatch("entities", store.error().message);
    const auto forms = forms_of(*policies, subject_, report_, test_);
    const World world{.schema = &*schema, .entities = &*store, .forms = &forms};
    const auto* requests = test_.find("requests");
    if (requests == nullptr) return;
    for (std::size_t i = 0; i < requests->array().size(); ++i) {
      const auto& request = requests->array()[i];
      ask(question_of(request), world, std::format("{} request {}", subject_, i), report_, request);
    }
  }

 private:
  void validate(const policy::PolicySet& policies, const schema::Schema& schema) {
    const auto findings = validation::validate(policies, schema);
    const auto* expected = test_.find("shouldValidate");
    if (expected == nullptr || findings.valid() == expected->boolean()) return;
    mismatch("validation", findings.valid() ? "found valid" : findings.errors.front().message);
  }
  void mismatch(std::string_view kind, std::string_view what) { report_.mismatch(kind, subject_, what, test_); }

  const wire::Json& test_;
  std::string subject_;
  Report& report_;
};

Result<void> run_file(const fs::path& file, const fs::path& folder, Report& report) {
  auto text = read_file(file, kGenerous.bytes);
  if (!text) return std::unexpected(std::move(text.error()));
  auto test = wire::parse_json(*text, kGenerous);
  if (!test) return std::unexpected(within(file.string(), std::move(test.error())));
  if (test->find("requests") == nullptr || test->find("policies") == nullptr)
    return {};  // entities, or something else
  auto sources = sources_of(*test, folder);
  if (!sources) return std::unexpected(within(file.string(), std::move(sources.error())));
  Test(*test, file.lexically_relative(folder).string(), report).run(*sources);
  return {};
}

}  // namespace

Result<void> run_corpus(const fs::path& folder, Report& report) {
  std::error_code code;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder, code)) {
    const auto& path = entry.path();
    if (path.extension() == ".json" && !path.filename().string().ends_with("entities.json")) files.push_back(path);
  }
  if (code) return fail(ErrorKind::io, std::format("{}: {}", folder.string(), code.message()));
  std::ranges::sort(files);
  for (const auto& file : files)
    if (auto done = run_file(file, folder, report); !done) return done;
  return {};
}

}  // namespace cordon::conformance

#include "app/cordon/lab_scene.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "app/cordon/default_policy.h"
#include "cordon/base/file.h"

namespace cordon::app {

namespace {

constexpr std::string_view kConfig = R"(# Made by 'cordon lab' at every start.
name: lab
state: state
policy: policy.cedar
inventory: inventory.yaml
metrics: 127.0.1.1:9464
notifications: {learning_seconds: 0}
tls:
  certificate: pki/proxy.pem
  key: pki/proxy.key
  callers: pki/operator-ca.pem
  producers: pki/operator-ca.pem
)";

std::string inventory_text() {
  std::string out = "# Made by 'cordon lab' at every start: the nine NFs of the recorded core.\nnfs:\n";
  const auto before = lab::endpoints_in(1);
  const auto behind = lab::endpoints_in(0);
  for (const auto type : lab::kNfTypes) {
    std::string name(lab::name_of(type));
    for (auto& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    out += std::format(
        "  - {{instance: {}, type: {}, name: {}1, dns: [{}], plmn: \"99970\", slices: [\"1\"], listen: {}, upstream: "
        "{}, upstream_name: {}}}\n",
        lab::facts_of(type).instance_id, lab::name_of(type), name, lab::dns_name_of(type), before.at(type).text(),
        behind.at(type).text(), lab::dns_name_of(type));
  }
  return out;
}

std::filesystem::path own_folder() { return std::filesystem::read_symlink("/proc/self/exe").parent_path(); }

// Trace identifiers of what reaches the protected NFs, one a line: tests hold them against the evidence.
void note_received(int fd, const wire::Request& request) {
  const auto trace = wire::find_header(request.headers, "traceparent");
  if (!trace) return;
  const auto line = std::string(*trace) + "\n";
  [[maybe_unused]] const auto put = ::write(fd, line.data(), line.size());  // a full disk is what some tests make
}

}  // namespace

Result<std::unique_ptr<LabScene>> LabScene::open(const std::filesystem::path& folder) {
  if (auto made = make_folder(folder); !made) return std::unexpected(made.error());
  auto pki = lab::LabPki::open(folder / "pki");
  if (!pki) return std::unexpected(within("certificates of the lab", pki.error()));
  auto scene = std::make_unique<LabScene>(std::filesystem::absolute(folder), std::move(*pki));
  for (const auto step : {&LabScene::write_files, &LabScene::start_cores, &LabScene::start_cordon}) {
    if (auto done = (scene.get()->*step)(); !done) return std::unexpected(done.error());
  }
  return scene;
}

LabScene::~LabScene() {
  if (cordon_) [[maybe_unused]]
    const auto ended = cordon_->stop(std::chrono::seconds(15));
}

Result<void> LabScene::write_files() {
  std::error_code ignored;  // nothing there yet
  std::filesystem::remove_all(folder_ / "state", ignored);
  if (auto written = write_file(config(), kConfig); !written) return written;
  if (auto written = write_file(folder_ / "inventory.yaml", inventory_text()); !written) return written;
  return write_file(folder_ / "policy.cedar", kDefaultPolicy);
}

Result<void> LabScene::start_cores() {
  auto bare = lab::LabCore::start(loop_, pki_, lab::bare_core(pki_));
  if (!bare) return std::unexpected(within("bare core", bare.error()));
  bare_ = std::move(*bare);
  auto received = open_file(folder_ / "received.log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
  if (!received) return std::unexpected(received.error());
  received_ = std::move(*received);
  auto settings = lab::protected_core(pki_);
  settings.peers = {};  // the driver plays every consumer
  settings.on_request = [fd = received_.get()](lab::NfType, const wire::Request& request) {
    note_received(fd, request);
  };
  auto guarded = lab::LabCore::start(loop_, pki_, std::move(settings));
  if (!guarded) return std::unexpected(within("protected core", guarded.error()));
  guarded_ = std::move(*guarded);
  return {};
}

Result<void> LabScene::start_cordon() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("pipe", errno);
  const Fd ready(ends[0]);
  Fd tell(ends[1]);
  auto log = open_file(folder_ / "cordon.log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
  if (!log) return std::unexpected(log.error());
  auto process = Process::spawn(
      {.arguments = {(own_folder() / "cordon").string(), "up", "--json", "--config", config().string()},
       .environment = {},
       .descriptors = {{tell.get(), 1}, {log->get(), 2}}});
  if (!process) return std::unexpected(process.error());
  cordon_ = std::move(*process);
  tell.reset();
  return await_ready(ready.get());
}

Result<void> LabScene::await_ready(int fd) {
  std::string line;
  bool ended = false;
  loop_.watch(fd, EPOLLIN, [&](std::uint32_t) {
    std::array<char, 4096> chunk;
    const auto got = ::read(fd, chunk.data(), chunk.size());
    if (got <= 0) ended = true;
    if (got > 0) line.append(chunk.data(), static_cast<std::size_t>(got));
  });
  const auto limit = system_clock().steady() + std::chrono::seconds(30);
  while (!ended && !line.contains('\n') && system_clock().steady() < limit)
    loop_.run_once(std::chrono::milliseconds(200));
  loop_.forget(fd);
  const auto json = wire::parse_json(line.substr(0, line.find('\n')));
  const auto* says = json ? json->find("ready") : nullptr;
  if (!says || !says->boolean()) {
    const auto* why = json ? json->find("error") : nullptr;
    return fail(ErrorKind::io,
                std::format("Cordon did not start: {} (see {})", why ? why->text() : "no answer within 30 s",
                            (folder_ / "cordon.log").string()));
  }
  ready_ = *json;
  return {};
}

Result<std::vector<lab::Exchange>> bundled_recording() {
  std::vector<std::filesystem::path> places;
  if (const char* share = std::getenv("CORDON_SHARE")) places.emplace_back(std::filesystem::path(share) / "lab");
  places.push_back(own_folder() / "../share/cordon/lab");
  places.push_back(own_folder() / "../../../lab/recordings");
  for (const auto& place : places) {
    if (std::filesystem::exists(place / "registration.jsonl"))
      return lab::load_recording(place / "registration.jsonl");
  }
  return fail(ErrorKind::not_found,
              "the recording registration.jsonl is not installed: set CORDON_SHARE to the folder that holds "
              "lab/registration.jsonl");
}

}  // namespace cordon::app

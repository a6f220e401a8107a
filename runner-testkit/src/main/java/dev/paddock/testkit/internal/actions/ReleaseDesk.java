package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.internal.http.WireReply;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The newest release of the official runner, as REST tells of it, and its packages. One that the options do not have
 * has an address that leads nowhere and a digest of nothing.
 */
public final class ReleaseDesk {
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{1,18})-(\\d{0,18})");

    private record Build(String os, String architecture, String extension) {
        String platform() {
            return os + "-" + architecture;
        }
    }

    private static final List<Build> BUILDS = List.of(
            new Build("linux", "x64", "tar.gz"),
            new Build("linux", "arm64", "tar.gz"),
            new Build("linux", "arm", "tar.gz"),
            new Build("osx", "x64", "tar.gz"),
            new Build("osx", "arm64", "tar.gz"),
            new Build("win", "x64", "zip"),
            new Build("win", "arm64", "zip"));
    private static final long SIZE = 200_000_000;

    private String version;
    private Map<String, byte[]> packages;
    private final Optional<String> token;
    private Instant published;
    private final Urls urls;

    ReleaseDesk(RestSettings settings, Instant published, Urls urls) {
        version = settings.runnerVersion();
        packages = settings.runnerPackages();
        token = settings.downloadToken();
        this.published = published;
        this.urls = urls;
    }

    /** A newer release takes the place of the one before, with this package alone. */
    void release(String newer, String platform, byte[] archive, Instant now) {
        version = newer;
        packages = Map.of(platform, archive);
        published = now;
    }

    /** What there are packages for. */
    public static List<String> platforms() {
        return BUILDS.stream().map(Build::platform).toList();
    }

    WireReply latest() {
        var json = Json.object();
        json.put("url", urls.api("repos/actions/runner/releases/1"));
        json.put("html_url", urls.base() + "/actions/runner/releases/tag/v" + version);
        json.put("id", 1);
        json.put("tag_name", "v" + version);
        json.put("target_commitish", "main");
        json.put("name", "v" + version);
        json.put("draft", false);
        json.put("prerelease", false);
        json.put("created_at", Json.seconds(published));
        json.put("published_at", Json.seconds(published));
        var assets = json.putArray("assets");
        for (Build build : BUILDS) {
            assets.addObject()
                    .put("id", BUILDS.indexOf(build) + 1)
                    .put("name", file(build))
                    .put("content_type", "application/octet-stream")
                    .put("state", "uploaded")
                    .put("size", size(build))
                    .put("digest", "sha256:" + digest(build))
                    .put("browser_download_url", url(build));
        }
        return Answers.ok(json);
    }

    WireReply downloads() {
        var list = Json.array();
        for (Build build : BUILDS) {
            ObjectNode json = list.addObject();
            json.put("os", build.os);
            json.put("architecture", build.architecture);
            json.put("download_url", url(build));
            json.put("filename", file(build));
            token.ifPresent(secret -> json.put("temp_download_token", secret));
            json.put("sha256_checksum", digest(build));
        }
        return Answers.ok(list);
    }

    /** The address of a package leads to where it is kept. */
    WireReply locate(Call call) {
        if (token.isPresent() && !("Bearer " + token.get()).equals(call.header("authorization"))) {
            throw Refusal.of(Answers.empty(404));
        }
        find(call.match().last());
        return Answers.empty(302)
                .with(
                        "Location",
                        urls.base() + "/files/runner-packages/" + call.match().last());
    }

    WireReply read(Call call) {
        if (call.header("authorization") != null) {
            throw Refusal.violation(400, "a token was taken along to where a package is kept");
        }
        byte[] whole = find(call.match().last());
        String asked = call.header("range");
        Matcher range = RANGE.matcher(asked == null ? "" : asked);
        if (!range.matches()) {
            return Answers.bytes(200, whole).with("Accept-Ranges", "bytes");
        }
        long from = Long.parseLong(range.group(1));
        if (from >= whole.length) {
            return Answers.empty(416).with("Content-Range", "bytes */" + whole.length);
        }
        long last = range.group(2).isEmpty() ? whole.length - 1 : Long.parseLong(range.group(2));
        int to = (int) Math.min(last, whole.length - 1);
        return Answers.bytes(206, Arrays.copyOfRange(whole, (int) from, to + 1))
                .with("Content-Range", "bytes " + from + "-" + to + "/" + whole.length);
    }

    private byte[] find(String file) {
        return BUILDS.stream()
                .filter(build -> file(build).equals(file) && packages.containsKey(build.platform()))
                .map(build -> packages.get(build.platform()))
                .findFirst()
                .orElseThrow(() -> Refusal.of(Answers.empty(404)));
    }

    private long size(Build build) {
        byte[] archive = packages.get(build.platform());
        return archive == null ? SIZE : archive.length;
    }

    private String file(Build build) {
        return "actions-runner-" + build.os + "-" + build.architecture + "-" + version + "." + build.extension;
    }

    private String url(Build build) {
        return urls.base() + "/actions/runner/releases/download/v" + version + "/" + file(build);
    }

    private String digest(Build build) {
        byte[] archive = packages.get(build.platform());
        return archive == null ? Sha256.of(file(build)) : Sha256.of(archive);
    }
}

package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.internal.http.WireReply;
import java.time.Instant;
import java.util.List;

/**
 * The newest release of the official runner, as REST tells of it. The packages themselves are not there: their URLs
 * are this simulator's and lead nowhere, and their digests are of nothing.
 */
final class ReleaseDesk {
    private record Build(String os, String architecture, String extension) {}

    private static final List<Build> BUILDS = List.of(
            new Build("linux", "x64", "tar.gz"),
            new Build("linux", "arm64", "tar.gz"),
            new Build("linux", "arm", "tar.gz"),
            new Build("osx", "x64", "tar.gz"),
            new Build("osx", "arm64", "tar.gz"),
            new Build("win", "x64", "zip"),
            new Build("win", "arm64", "zip"));
    private static final long SIZE = 200_000_000;

    private final String version;
    private final Instant published;
    private final Urls urls;

    ReleaseDesk(RestSettings settings, Instant published, Urls urls) {
        version = settings.runnerVersion();
        this.published = published;
        this.urls = urls;
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
                    .put("size", SIZE)
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
            json.put("sha256_checksum", digest(build));
        }
        return Answers.ok(list);
    }

    private String file(Build build) {
        return "actions-runner-" + build.os + "-" + build.architecture + "-" + version + "." + build.extension;
    }

    private String url(Build build) {
        return urls.base() + "/actions/runner/releases/download/v" + version + "/" + file(build);
    }

    private String digest(Build build) {
        return Sha256.of(file(build));
    }
}

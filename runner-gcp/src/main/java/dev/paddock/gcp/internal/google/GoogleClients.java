package dev.paddock.gcp.internal.google;

import com.google.cloud.compute.v1.AcceleratorTypesClient;
import com.google.cloud.compute.v1.AcceleratorTypesSettings;
import com.google.cloud.compute.v1.InstanceTemplatesClient;
import com.google.cloud.compute.v1.InstanceTemplatesSettings;
import com.google.cloud.compute.v1.InstancesClient;
import com.google.cloud.compute.v1.InstancesSettings;
import com.google.cloud.compute.v1.MachineTypesClient;
import com.google.cloud.compute.v1.MachineTypesSettings;
import com.google.cloud.compute.v1.ProjectsClient;
import com.google.cloud.compute.v1.ProjectsSettings;
import com.google.cloud.compute.v1.RegionInstanceTemplatesClient;
import com.google.cloud.compute.v1.RegionInstanceTemplatesSettings;
import com.google.cloud.compute.v1.RegionInstancesClient;
import com.google.cloud.compute.v1.RegionInstancesSettings;
import com.google.cloud.compute.v1.RegionOperationsClient;
import com.google.cloud.compute.v1.RegionOperationsSettings;
import com.google.cloud.compute.v1.RegionsClient;
import com.google.cloud.compute.v1.RegionsSettings;
import com.google.cloud.compute.v1.ZoneOperationsClient;
import com.google.cloud.compute.v1.ZoneOperationsSettings;
import com.google.cloud.compute.v1.ZonesClient;
import com.google.cloud.compute.v1.ZonesSettings;
import dev.paddock.gcp.internal.google.GoogleChannel.Shared;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/** Google's clients, each made when it is first needed. Their channel closes what they hold. */
final class GoogleClients {
    /** One of them. */
    static final class Client<C> {
        private final GoogleChannel channel;
        private final Lazy<C> client;

        private Client(GoogleChannel channel, Maker<C> maker) {
            this.channel = channel;
            client = new Lazy<>(
                    channel.pool(),
                    () -> maker.make(Objects.requireNonNull(channel.shared().now())));
        }

        CompletionStage<C> get() {
            return channel.shared().get().thenCompose(shared -> client.get());
        }
    }

    private interface Maker<C> {
        C make(Shared shared) throws IOException;
    }

    final Client<InstancesClient> instances;
    final Client<RegionInstancesClient> regionInstances;
    final Client<ZoneOperationsClient> zoneOperations;
    final Client<RegionOperationsClient> regionOperations;
    final Client<RegionsClient> regions;
    final Client<ProjectsClient> projects;
    final Client<ZonesClient> zones;
    final Client<AcceleratorTypesClient> acceleratorTypes;
    final Client<MachineTypesClient> machineTypes;
    final Client<InstanceTemplatesClient> templates;
    final Client<RegionInstanceTemplatesClient> regionTemplates;

    GoogleClients(GoogleChannel channel) {
        instances = new Client<>(
                channel,
                shared -> InstancesClient.create(
                        channel.settings(shared, InstancesSettings.newBuilder()).build()));
        regionInstances = new Client<>(
                channel,
                shared -> RegionInstancesClient.create(channel.settings(shared, RegionInstancesSettings.newBuilder())
                        .build()));
        zoneOperations = new Client<>(
                channel,
                shared -> ZoneOperationsClient.create(channel.settings(shared, ZoneOperationsSettings.newBuilder())
                        .build()));
        regionOperations = new Client<>(
                channel,
                shared -> RegionOperationsClient.create(channel.settings(shared, RegionOperationsSettings.newBuilder())
                        .build()));
        regions = new Client<>(
                channel,
                shared -> RegionsClient.create(
                        channel.settings(shared, RegionsSettings.newBuilder()).build()));
        projects = new Client<>(
                channel,
                shared -> ProjectsClient.create(
                        channel.settings(shared, ProjectsSettings.newBuilder()).build()));
        zones = new Client<>(
                channel,
                shared -> ZonesClient.create(
                        channel.settings(shared, ZonesSettings.newBuilder()).build()));
        acceleratorTypes = new Client<>(
                channel,
                shared -> AcceleratorTypesClient.create(channel.settings(shared, AcceleratorTypesSettings.newBuilder())
                        .build()));
        machineTypes = new Client<>(
                channel,
                shared -> MachineTypesClient.create(channel.settings(shared, MachineTypesSettings.newBuilder())
                        .build()));
        templates = new Client<>(
                channel,
                shared ->
                        InstanceTemplatesClient.create(channel.settings(shared, InstanceTemplatesSettings.newBuilder())
                                .build()));
        regionTemplates = new Client<>(
                channel,
                shared -> RegionInstanceTemplatesClient.create(
                        channel.settings(shared, RegionInstanceTemplatesSettings.newBuilder())
                                .build()));
    }
}

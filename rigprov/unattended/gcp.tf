terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 5.0, < 8.0"
    }
  }
}

variable "project" {
  type = string
}

variable "zone" {
  description = "one that has the machine type"
  type        = string
}

variable "network" {
  description = "it has to reach the package mirrors and the model's hub"
  type        = string
  default     = "default"
}

locals {
  user_data = <<@END@
@USER_DATA@
@END@
}

resource "google_compute_instance" "rigprov" {
  project      = var.project
  zone         = var.zone
  name         = "@NAME@"
  machine_type = "@INSTANCE@"

  boot_disk {
    initialize_params {
      image = "ubuntu-os-cloud/ubuntu-2404-lts-amd64"
      size  = @DISK@
      type  = "@DISK_TYPE@"
    }
  }

  network_interface {
    network = var.network
    access_config {}
  }

  metadata = {
    user-data = local.user_data
  }

  labels = {
    rigprov_tier = "@TIER@" # inventory/gcp_compute.yml lists machines with this label
  }

  scheduling {
    automatic_restart   = true
    on_host_maintenance = "@MAINTENANCE@"
  }

  lifecycle {
    ignore_changes = [boot_disk[0].initialize_params[0].image] # a newer image is no reason to throw the machine away
  }
}

output "result" {
  value = "gcloud compute instances get-serial-port-output ${google_compute_instance.rigprov.name} --zone ${var.zone} | grep rigprov:"
}
